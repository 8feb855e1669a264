// Package desk is the helpdesk without HTTP and LDAP: who may do what to whom, what an agent sees of a person, approvals by a
// second agent, and the codes that are dictated over the telephone. No agent ever chooses, sees or sets a password (R53).
package desk
