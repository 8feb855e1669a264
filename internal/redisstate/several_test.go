package redisstate_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"ssprd/internal/child"
	"ssprd/internal/redisstate"
	"ssprd/internal/redistest"
	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

// ask asks a server, which is to do as it is told. A password may stand before its address.
func ask(t *testing.T, address, command string, args ...any) any {
	t.Helper()
	conn, err := redis.DialURL("redis://" + address)
	must(t, err)
	defer conn.Close()
	answer, err := conn.Do(command, args...)
	must(t, err)
	return answer
}

func askText(t *testing.T, address, command string, args ...any) string {
	t.Helper()
	answer, err := redis.String(ask(t, address, command, args...), nil)
	must(t, err)
	return answer
}

func askNumber(t *testing.T, address, command string, args ...any) int64 {
	t.Helper()
	answer, err := redis.Int64(ask(t, address, command, args...), nil)
	must(t, err)
	return answer
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// node is a server of a Cluster.
type node struct {
	*redistest.Server
	bus int // the port on which the servers speak to each other
}

func startNode(t *testing.T, options ...string) node {
	t.Helper()
	buses, err := child.ReservePorts(1)
	must(t, err)
	return node{redistest.Start(t, append(options, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(buses[0]))...), buses[0]}
}

// cluster starts a Cluster of three servers, each with a part of the keys.
func cluster(t *testing.T, options ...string) (nodes []node) {
	t.Helper()
	for i, slots := range [][2]int{{0, 5000}, {5001, 11000}, {11001, 16383}} {
		n := startNode(t, options...)
		nodes = append(nodes, n)
		ask(t, n.Address, "CLUSTER", "ADDSLOTSRANGE", slots[0], slots[1])
		ask(t, n.Address, "CLUSTER", "SET-CONFIG-EPOCH", i+1)
		join(t, n, nodes)
	}
	return nodes
}

// join lets a server join the others, and waits until each knows all.
func join(t *testing.T, joining node, nodes []node) {
	t.Helper()
	host, port, err := net.SplitHostPort(nodes[0].Address)
	must(t, err)
	if joining != nodes[0] {
		ask(t, joining.Address, "CLUSTER", "MEET", host, port, nodes[0].bus)
	}
	for _, n := range nodes {
		eventually(t, "the Cluster has come together", func() bool {
			info := askText(t, n.Address, "CLUSTER", "INFO")
			return field(info, "cluster_known_nodes") == strconv.Itoa(len(nodes)) &&
				(len(nodes) < 3 || field(info, "cluster_state") == "ok" && field(info, "cluster_slots_ok") == "16384")
		})
	}
}

// R68: the contract holds on a Cluster, of which each server has a part of the keys: the address names some of them.
func TestCluster(t *testing.T) {
	nodes := cluster(t)
	for _, n := range nodes {
		ask(t, n.Address, "ACL", append(documentedRights(t, "ACL SETUSER ssprd ", "\n"), documentedRights(t, "a Cluster `", "`")...)...)
	}
	url := "redis://ssprd:Epreuve@" + nodes[0].Address + "?addr=" + nodes[1].Address
	again := func(t *testing.T) state.Store { return open(t, url, discard()) }
	statetest.Run(t, again)
	statetest.RunShared(t, again)
	for _, node := range nodes {
		if askNumber(t, node.Address, "DBSIZE") == 0 {
			t.Error("one of the servers has no keys")
		}
	}
	given(t, again(t), nodes)
}

// given lets a key move from the server that has it to another: while it does the one sends on to the other, and afterwards too.
func given(t *testing.T, s state.Store, nodes []node) {
	defer s.Close()
	slot := askNumber(t, nodes[0].Address, "CLUSTER", "KEYSLOT", "ssprd:given")
	if own := redisstate.Slot("ssprd:given"); own != slot {
		t.Fatalf("the slot is %d, and we believe %d", slot, own)
	}
	from, to := nodes[0].Address, nodes[1].Address
	if slot > 5000 {
		from, to = nodes[2].Address, nodes[0].Address
	}
	if slot > 5000 && slot <= 11000 {
		from = nodes[1].Address
	}
	ask(t, to, "CLUSTER", "SETSLOT", slot, "IMPORTING", askText(t, from, "CLUSTER", "MYID"))
	ask(t, from, "CLUSTER", "SETSLOT", slot, "MIGRATING", askText(t, to, "CLUSTER", "MYID"))
	must(t, put(t.Context(), s, "given", "x"))
	if n := askNumber(t, to, "CLUSTER", "COUNTKEYSINSLOT", slot); n != 1 {
		t.Errorf("the server to which the key goes has %d", n)
	}
	for _, n := range nodes {
		ask(t, n.Address, "CLUSTER", "SETSLOT", slot, "NODE", askText(t, to, "CLUSTER", "MYID"))
	}
	if r, err := s.Get(t.Context(), "given"); err != nil || string(r.Data) != "x" {
		t.Errorf("the key that was given has %q, %v", r.Data, err)
	}
}

// A key's slot is that of what stands in its first braces, where there is something.
func TestSlot(t *testing.T) {
	for key, same := range map[string]string{"a{b}c": "b", "{a}{b}": "a", "a{b}{c}": "b", "}a{b}": "b", "{{b}}": "{b"} {
		if redisstate.Slot(key) != redisstate.Slot(same) {
			t.Errorf("%s is elsewhere than %s", key, same)
		}
	}
	for key, want := range map[string]int64{"123456789": 0x31c3, "a{}b": 13694, "": 0} { // as CLUSTER KEYSLOT has it
		if got := redisstate.Slot(key); got != want {
			t.Errorf("%q: %d, want %d", key, got, want)
		}
	}
}

// R62, R68: the server of a Cluster that dies gives its place to its replica, and all goes on without a restart.
func TestClusterFailover(t *testing.T) {
	t.Parallel() // it waits
	nodes := cluster(t, "--cluster-node-timeout", "2000")
	dies, replica := nodes[1], startNode(t, "--cluster-node-timeout", "2000")
	join(t, replica, append(nodes, replica))
	ask(t, replica.Address, "CLUSTER", "REPLICATE", askText(t, dies.Address, "CLUSTER", "MYID"))
	eventually(t, "the replica follows", func() bool {
		return field(askText(t, replica.Address, "INFO", "replication"), "master_link_status") == "up"
	})
	s := renewing(t, "redis://"+nodes[0].Address+"?addr="+nodes[2].Address, key, time.Hour)
	for i := range 20 { // on all servers
		must(t, put(t.Context(), s, strconv.Itoa(i), "x"))
	}
	_, port, _ := net.SplitHostPort(replica.Address)
	eventually(t, "those that are asked tell of it", func() bool {
		return !slices.ContainsFunc(nodes, func(n node) bool { return !strings.Contains(fmt.Sprint(ask(t, n.Address, "CLUSTER", "SLOTS")), port) })
	})
	other := renewing(t, "redis://"+nodes[0].Address+"?addr="+nodes[2].Address, key, time.Hour)
	for i := range 20 {
		if _, err := other.Get(t.Context(), strconv.Itoa(i)); err != nil {
			t.Error(err)
		}
	}
	if asked := field(askText(t, replica.Address, "INFO", "commandstats"), "cmdstat_get"); asked != "" {
		t.Errorf("the replica was asked for what was counted: %s", asked)
	}
	dies.Stop()
	for i := range 20 {
		eventually(t, "what it had can be written", func() bool { return put(t.Context(), s, strconv.Itoa(i), "x") == nil })
	}
}

func field(info, name string) string {
	_, rest, _ := strings.Cut("\n"+info, "\n"+name+":")
	value, _, _ := strings.Cut(rest, "\r")
	return value
}

// R62, R68: behind Sentinel, the server that dies gives its place to its replica, and all goes on without a restart.
func TestSentinel(t *testing.T) {
	t.Parallel() // it waits
	first := redistest.Start(t)
	host, port, err := net.SplitHostPort(first.Address)
	must(t, err)
	second := redistest.Start(t, "--replicaof", host, port)
	eventually(t, "the replica follows", func() bool {
		return field(askText(t, second.Address, "INFO", "replication"), "master_link_status") == "up"
	})
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	must(t, os.WriteFile(file, fmt.Appendf(nil, "sentinel monitor ssprd %s %s 1\nsentinel failover-timeout ssprd 5000\n",
		host, port), 0o600))
	watch := redistest.StartSentinel(t, file)

	url := "redis://" + watch.Address + "?master_name=ssprd"
	again := func(t *testing.T) state.Store { return open(t, url, discard()) }
	t.Run("contract", func(t *testing.T) { statetest.Run(t, again); statetest.RunShared(t, again) })

	s := again(t)
	defer s.Close()
	must(t, put(t.Context(), s, "key", "x"))
	eventually(t, "the sentinel knows of the replica", func() bool {
		known, err := redis.Values(ask(t, watch.Address, "SENTINEL", "replicas", "ssprd"), nil)
		return err == nil && len(known) == 1
	})
	eventually(t, "the replica has what was written", func() bool {
		return askNumber(t, second.Address, "DBSIZE") > 0
	})
	// Only now: a server that a busy machine holds up for half a second is not dead.
	ask(t, watch.Address, "SENTINEL", "set", "ssprd", "down-after-milliseconds", 500)
	first.Stop()
	eventually(t, "the replica has the place", func() bool { return put(t.Context(), s, "other", "y") == nil })
	if r, err := s.Get(t.Context(), "key"); err != nil || string(r.Data) != "x" {
		t.Errorf("what was written before is %q, %v", r.Data, err)
	}
	if role := field(askText(t, second.Address, "INFO", "replication"), "role"); role != "master" {
		t.Errorf("the replica is %s", role)
	}
}

// R62: a sentinel that is dead is not waited for, the sentinels may have another password than the servers, and a server that
// lives on after the sentinels have named another one is asked no more.
func TestSentinelNamesAnother(t *testing.T) {
	const ofServers, ofSentinels = ":Epreuve-1@", ":Epreuve-2@"
	first, second := redistest.Start(t, "--requirepass", "Epreuve-1"), redistest.Start(t, "--requirepass", "Epreuve-1")
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	must(t, os.WriteFile(file, []byte("requirepass Epreuve-2\n"), 0o600))
	watch := redistest.StartSentinel(t, file)
	names := func(s *redistest.Server) {
		host, port, _ := net.SplitHostPort(s.Address)
		ask(t, ofSentinels+watch.Address, "SENTINEL", "MONITOR", "ssprd", host, port, 1)
	}
	dead, err := child.ReservePorts(1)
	must(t, err)
	url := fmt.Sprintf("redis://%s127.0.0.1:%d?addr=%s&master_name=ssprd&password=Epreuve-1", ofSentinels, dead[0], watch.Address)
	var log lines
	s, err := redisstate.OpenRenewing(state.Config{URL: url}, key, log.logger(), 10*time.Millisecond)
	must(t, err)
	defer s.Close()
	if log.count("watches no set of the name ssprd") != 1 {
		t.Errorf("a name that Sentinel does not know is told as %s", &log.text)
	}
	names(first)
	eventually(t, "it can be used", func() bool { return put(t.Context(), s, "key", "x") == nil })
	if askNumber(t, ofServers+first.Address, "DBSIZE") == 0 {
		t.Error("another server is asked than the sentinel names")
	}
	ask(t, ofSentinels+watch.Address, "SENTINEL", "REMOVE", "ssprd")
	names(second)
	eventually(t, "the other one is asked", func() bool {
		return put(t.Context(), s, "key", "x") == nil && askNumber(t, ofServers+second.Address, "DBSIZE") > 0
	})
}

// R62: where a sentinel has not heard yet that the server which it names follows another one, what that server still has is not read.
func TestSentinelNamesAFollower(t *testing.T) {
	first, second := redistest.Start(t), redistest.Start(t)
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	must(t, os.WriteFile(file, nil, 0o600))
	watch := redistest.StartSentinel(t, file)
	host, port, _ := net.SplitHostPort(first.Address)
	ask(t, watch.Address, "SENTINEL", "MONITOR", "ssprd", host, port, 1)
	url := "redis://" + watch.Address + "?master_name=ssprd"
	c := state.Config{URL: url}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := redisstate.Lost(ctx, c); err != nil {
		t.Fatal(err)
	}
	host, port, _ = net.SplitHostPort(second.Address)
	ask(t, first.Address, "REPLICAOF", host, port)
	if _, err := redisstate.Lost(ctx, c); err == nil || !strings.Contains(err.Error(), "follows another") {
		t.Errorf("a follower is asked: %v", err)
	}
	ask(t, first.Address, "ACL", "SETUSER", "default", "-info") // who may not ask believes the sentinel
	if _, err := redisstate.Lost(ctx, c); err != nil {
		t.Error(err)
	}
	renamed := redistest.Start(t, "--rename-command", "INFO", "OTHER")
	host, port, _ = net.SplitHostPort(renamed.Address)
	ask(t, watch.Address, "SENTINEL", "MONITOR", "renamed", host, port, 1)
	if _, err := redisstate.Lost(ctx, state.Config{URL: "redis://" + watch.Address + "?master_name=renamed"}); err != nil {
		t.Errorf("of a server that knows no INFO: %v", err)
	}
}

// A server that has left the Cluster, or has not joined it yet, has few parts or none: it is not believed before those that know all.
func TestClusterKnownInPart(t *testing.T) {
	nodes, alone := cluster(t), startNode(t)
	c := state.Config{URL: "redis://" + alone.Address + "?addr=" + nodes[0].Address}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, has := range []string{"nothing", "a part"} {
		slots, err := redisstate.Learned(ctx, c, 5) // so that each server is asked first once
		if err != nil || slices.ContainsFunc(slots, func(n int64) bool { return n != 16384 }) {
			t.Errorf("with one that has %s, servers of %d slots are known, %v", has, slots, err)
		}
		if has == "nothing" {
			ask(t, alone.Address, "CLUSTER", "ADDSLOTSRANGE", 100, 200)
		}
	}

	// Where nobody knows all, those who do not answer are not asked again and again: each learning would take their whole time.
	quiet, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer quiet.Close()
	c.URL = "redis://" + alone.Address + "?addr=" + quiet.Addr().String()
	if slots, err := redisstate.Learned(ctx, c, 60); err != nil || slices.ContainsFunc(slots, func(n int64) bool { return n != 101 }) {
		t.Errorf("servers of %d slots are known, %v", slots, err)
	}
	if lost, err := redisstate.Lost(ctx, c); lost || err == nil || !strings.Contains(err.Error(), "no server of the Cluster has this key") {
		t.Errorf("of a key that nobody has an answer was lost: %v, %v", lost, err)
	}
}
