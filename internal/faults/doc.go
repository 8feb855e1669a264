// Package faults breaks what the portal stands on, and the portal itself, while people are resetting their passwords:
// instances are killed in the middle of their work, stopped in order, reloaded; the mail server, the directory and the
// store are away or silent; disks are full. Everything is real: several processes of the program behind a proxy, Redis,
// OpenLDAP, a mail server.
//
// The people behave as people do. When a page cannot be had they wait a moment and load it again; they ask for another
// code when none comes; they choose again when the page says that the change was interrupted, and begin anew when they
// are told to. What each of them was told is then held against the directory, which is asked by a sign-in: whoever was
// told that the password is changed has the one they chose, whoever was told that nothing was changed has the old one,
// and nobody has anything else. Whoever got neither an end nor the truth is lost, and nobody may be.
//
// Each fault is a value; `make faults` prints a line for each: the requirements it is about, what was done, how many
// resets were under way, how they ended, and whether the promise held. The tests run the same ones shorter and with fewer
// people. Only tests import this package.
package faults
