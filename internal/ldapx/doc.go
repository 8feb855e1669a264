// Package ldapx is all that ssprd knows of LDAP: it dials, checks certificates, fails over, searches, writes, and
// translates every result code, once, to a reason for the person and a code for the log.
//
// A Directory holds one kept connection per server, which carries all requests side by side. Population is the part of a
// directory that one population sees: it implements flow.Directory. Nothing here binds with what a person typed, but Agents with
// what an agent of the helpdesk does, on a connection of its own.
//
//	directory.go    the servers of a directory, in order, and which of them to ask
//	server.go       one server: what is asked of it, and what came of that
//	connection.go   the one connection to it that is kept, and how it is given up
//	outage.go       when a server is taken to be down, or read-only
//	rejection.go    when it refuses the service account
//	dial.go         TLS, the bind of the service account, what the server can do
//	unreachable.go  why one cannot be asked, in a word for the log
//	find.go         who is named by what was typed; the entry again by its lasting id
//	entry.go        from an LDAP entry to an account
//	policies.go     the entries that hold password policies, remembered for a minute
//	write.go        the one write, and finding out what came of it when its answer is lost
//	results.go      what each answer to it means
//	reached.go      following a change to each server
//	people.go       the population as the helpdesk sees it
//	observer.go     who is told how the servers do
//	unlock.go       ending a lock-out
//	agents.go       who signs in to the helpdesk, and their groups
//	survey.go       for ssprd check: a population in numbers, by asking.go and schema.go
//	explain.go      for ssprd check: what is made of one text, and why
//	signins.go      for ssprd check: whether a password that it has set is the one on every server
//
// What differs from one kind of directory to the next (who may be reset, the rules in force, how it is written and compared)
// is a kind: openldap.go, ad.go with adrules.go, ds389.go, generic.go.
package ldapx
