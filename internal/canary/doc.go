// Package canary tests that no secret comes out of the portal where it must not (R48, R57): passwords, codes, sessions and
// form tokens that nobody else has, the service accounts' passwords and the key of the state go through all that there is,
// failures included, with the program at its most talkative; then everything that came out is searched for each of them,
// in each form in which text travels.
//
// What comes out: what the program writes to its outputs, the stacks of all goroutines at a SIGQUIT among it; the audit
// record, the state file, every answer to every visitor, every mail, and what the operations listener says. Where a secret
// may be seen is said where it is taken down (ledger.add): a code in the one mail that brings it, a form's token on a page
// of its own visitor, an address by who typed it.
package canary
