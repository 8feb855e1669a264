package redisstate_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ssprd/internal/child"
	"ssprd/internal/redistest"
	"ssprd/internal/state"
	"ssprd/internal/state/statetest"
)

func client(t *testing.T, address string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: address, Protocol: 2})
	t.Cleanup(func() { _ = c.Close() })
	return c
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
		c := client(t, n.Address)
		must(t, c.ClusterAddSlotsRange(t.Context(), slots[0], slots[1]).Err())
		must(t, c.Do(t.Context(), "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err())
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
		must(t, client(t, joining.Address).Do(t.Context(), "CLUSTER", "MEET", host, port, nodes[0].bus).Err())
	}
	for _, n := range nodes {
		eventually(t, "the Cluster has come together", func() bool {
			info := client(t, n.Address).ClusterInfo(t.Context()).Val()
			return field(info, "cluster_known_nodes") == strconv.Itoa(len(nodes)) &&
				(len(nodes) < 3 || field(info, "cluster_state") == "ok" && field(info, "cluster_slots_ok") == "16384")
		})
	}
}

// R68: the contract holds on a Cluster, of which each server has a part of the keys: the address names some of them.
func TestCluster(t *testing.T) {
	nodes := cluster(t)
	url := "redis://" + nodes[0].Address + "?addr=" + nodes[1].Address
	again := func(t *testing.T) state.Store { return open(t, url, discard()) }
	statetest.Run(t, again)
	statetest.RunShared(t, again)
	for _, node := range nodes {
		if n, err := client(t, node.Address).DBSize(t.Context()).Result(); n == 0 || err != nil {
			t.Errorf("one of the servers has %d keys, %v", n, err)
		}
	}
}

// R62, R68: the server of a Cluster that dies gives its place to its replica, and all goes on without a restart.
func TestClusterFailover(t *testing.T) {
	t.Parallel() // it waits
	nodes := cluster(t, "--cluster-node-timeout", "2000")
	dies, replica := nodes[1], startNode(t, "--cluster-node-timeout", "2000")
	join(t, replica, append(nodes, replica))
	must(t, client(t, replica.Address).ClusterReplicate(t.Context(), client(t, dies.Address).ClusterMyID(t.Context()).Val()).Err())
	eventually(t, "the replica follows", func() bool {
		return field(client(t, replica.Address).Info(t.Context(), "replication").Val(), "master_link_status") == "up"
	})
	s := renewing(t, "redis://"+nodes[0].Address+"?addr="+nodes[2].Address, key, time.Hour)
	dies.Stop()
	for i := range 20 { // on all servers
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
	replica := client(t, second.Address)
	eventually(t, "the replica follows", func() bool {
		info, err := replica.Info(t.Context(), "replication").Result()
		return err == nil && field(info, "master_link_status") == "up"
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
		known, err := client(t, watch.Address).Do(t.Context(), "SENTINEL", "replicas", "ssprd").Slice()
		return err == nil && len(known) == 1
	})
	eventually(t, "the replica has what was written", func() bool {
		n, err := replica.DBSize(t.Context()).Result()
		return err == nil && n > 0
	})
	// Only now: a server that a busy machine holds up for half a second is not dead.
	must(t, client(t, watch.Address).Do(t.Context(), "SENTINEL", "set", "ssprd", "down-after-milliseconds", 500).Err())
	first.Stop()
	eventually(t, "the replica has the place", func() bool { return put(t.Context(), s, "other", "y") == nil })
	if r, err := s.Get(t.Context(), "key"); err != nil || string(r.Data) != "x" {
		t.Errorf("what was written before is %q, %v", r.Data, err)
	}
	if role, err := replica.Do(t.Context(), "ROLE").Slice(); err != nil || role[0] != "master" {
		t.Errorf("the replica is %v, %v", role, err)
	}
}
