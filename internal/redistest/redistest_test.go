package redistest_test

import (
	"bufio"
	"fmt"
	"net"
	"testing"
	"time"

	"ssprd/internal/redistest"
)

// ask sends one inline command, and gives the first line of the answer.
func ask(address, command string, within time.Duration) (string, error) {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(within))
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return "", err
	}
	return bufio.NewReader(conn).ReadString('\n')
}

// A server that was paused has everything it had, one that was restarted has nothing, and one that is stopped is not there.
func TestServer(t *testing.T) {
	s := redistest.Start(t)
	want := func(command, want string) {
		t.Helper()
		if got, err := ask(s.Address, command, 10*time.Second); err != nil || got != want {
			t.Fatalf("%s: %q, %v; want %q", command, got, err, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want("SET a 1", "+OK\r\n")
	must(s.Pause())
	if got, err := ask(s.Address, "EXISTS a", 50*time.Millisecond); err == nil {
		t.Errorf("a paused server has answered %q", got)
	}
	must(s.Resume())
	want("EXISTS a", ":1\r\n")
	s.Stop()
	if got, err := ask(s.Address, "EXISTS a", time.Second); err == nil {
		t.Errorf("a stopped server has answered %q", got)
	}
	must(s.Restart())
	want("EXISTS a", ":0\r\n")
}
