// Package ldapx is all that ssprd knows of LDAP: it dials, checks certificates, fails over, searches, writes, and
// translates every result code, once, to a reason for the person and a code for the log.
//
// A Directory holds one kept connection per server, which carries all requests side by side; nothing here binds with
// what a person typed. Population is the part of a directory that one population sees: it implements flow.Directory.
//
//	directory.go  the servers of a directory, in order, and which of them to ask
//	server.go     one server: its connection, and when it is taken to be down
//	dial.go       TLS, the bind of the service account, what the server can do
//	find.go       who is named by what was typed; the entry again by its lasting id
//	entry.go      from an LDAP entry to an account, and whether it may be reset
//	write.go      the one write, and finding out what came of it when its answer is lost
//	openldap.go   how OpenLDAP is written to and compared
//	ad.go         how Active Directory is
//	refusal.go    result codes
//	reached.go    following a change to each server
package ldapx
