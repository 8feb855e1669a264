// Package flow is what a reset is.
//
// A Reset is a plain value. Machine.Apply, which is pure, holds every rule about what may follow what:
//
//	Challenge ──► Pick ──► Choose ──► Changing ──► Spreading ──► Done
//	  (code)     (which     (new        (the        (server by
//	             account)  password)   write)        server)
//
// and from everywhere before the write to Ended. A refusal of the directory leads from Changing back to Choose.
//
// Service runs it: every change of a reset is one atomic update of the store with Apply as its body, so that of two
// requests at once each is judged after the other. Begin takes one road for everybody: the reset is stored, the answer
// goes out, and only then does a worker ask the directory. A reset whose address was nobody's is a decoy: it has no
// account and a digest that no code has, and walks the same road as any other until its tries or its time are used up.
//
// The package knows neither HTTP nor LDAP: Directory and Mailer are what it asks of others.
package flow
