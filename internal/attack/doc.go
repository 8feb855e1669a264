// Package attack does to the portal what was done to its peers: guesses at once and spread over many accounts, forged
// headers, mails by the hundred, tokens used twice, steps skipped, clocks held to its answers. It is an outsider: it has
// no more than HTTP to the real program and a mailbox, and speaks HTTP by bytes of its own, so that nothing is asked for
// more politely than a stranger would. What came of it is read from the answers, from the mails at the sink, from the
// directory, and, at the end, from the portal's log and files, in which nothing secret may stand.
//
// Each attack is a value; `make attack` prints a line for each: the requirements it is about, what was tried, how often,
// what came of it, and whether the promise held. The tests run the same ones in smaller numbers. Only tests import this
// package.
package attack
