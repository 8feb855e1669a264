package child

import (
	"fmt"
	"os"
	"syscall"
)

// ReservePorts gives n ports on which nobody listens, and keeps them as long as the test process lives, for servers that it
// starts, and stops, and starts again. A port that was merely free a moment ago may be another process's by then: tests
// run side by side, and each connection has a port too.
//
// A port is kept by a socket that is bound to it and does not listen. The kernel gives such a port to nobody who asks for
// any, server or client; whoever asks for this very one, and says SO_REUSEADDR, as servers do, may listen there (socket(7)).
func ReservePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		var err error
		if ports[i], err = reservePort(); err != nil {
			return nil, fmt.Errorf("reserve a port: %w", err)
		}
	}
	return ports, nil
}

// reservePort leaves its socket open: the end of the process closes it. It is bound to every address, since some servers are.
func reservePort() (int, error) {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	if err := syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, os.NewSyscallError("setsockopt", err)
	}
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{}); err != nil {
		return 0, os.NewSyscallError("bind", err)
	}
	address, err := syscall.Getsockname(socket)
	if err != nil {
		return 0, os.NewSyscallError("getsockname", err)
	}
	return address.(*syscall.SockaddrInet4).Port, nil
}
