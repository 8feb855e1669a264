package child_test

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"ssprd/internal/child"
)

// A reserved port refuses connections, takes one server after the other, and is nobody's who does not ask for it by name:
// also after a server has been there.
func TestReservePorts(t *testing.T) {
	ports, err := child.ReservePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	if ports[0] == ports[1] {
		t.Fatalf("%v", ports)
	}
	address := fmt.Sprintf("127.0.0.1:%d", ports[0])
	for range 2 {
		if conn, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("before a server listens: %v %v", conn, err)
		}
		if err := bindElsewhere(ports[0]); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("another process could have it: %v", err)
		}
		listener, err := net.Listen("tcp", address) // with SO_REUSEADDR
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		_ = listener.Close()
	}
}

// bindElsewhere binds a port as the kernel does for whoever asks for any: to be shared with nobody.
func bindElsewhere(port int) error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(socket)
	return syscall.Bind(socket, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 7}})
}
