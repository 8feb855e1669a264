package main

import "syscall"

// forbidCores makes sure that no dump of the process is ever written: it would have passwords in it, and the keys (R48).
// A dump takes both GOTRACEBACK=crash and a limit above 0, and the first is easily set while something else is sought. The
// hard limit is lowered too, so that nothing here can raise it again.
func forbidCores() error { return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
