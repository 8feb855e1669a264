// Package desktest tests that the helpdesk does what an agent's roles allow, and nothing else, over HTTP: the real program with a
// real directory and a real mail server (R54, R55).
//
// The matrix is every role by every act by every kind of target, in a population where a second agent has to agree before a code
// is dictated and in one where nobody has to. What is to come of each cell says a table of its own (oracle_test.go), which shares
// nothing with the helpdesk's. A cell holds what is answered; that the page offers what can be done and nothing else; that the
// entry in the directory is as it was, but where a lock-out was ended; that the record has the event, and no other; and which mails
// went out. What is not offered is asked for all the same, by forms that no page has: the agent's own session and token, with an
// act, a population or an id that are not the agent's to name.
//
// That an address was changed lately is told by Active Directory alone, and not by Samba 4.17: of this kind of target
// desk.TestDecide has the rule, and ldapx the reading.
package desktest
