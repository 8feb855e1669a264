package redisstate

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
)

// Questions of several requests travel together: while the carriers of a server are on their way, those that come wait for the
// next. A question by itself costs the two programs and the system between them more than what is asked; on two busy cores a
// bundle of three costs half of three questions. Nobody waits for a bundle to fill.
const perBundle = 64 // questions in one, at most

// question is a command, and where its asker waits.
type question struct {
	command string
	args    []any
	asking  bool // of a Cluster that is just giving the key to this server
	ctx     context.Context
	done    chan struct{} // closed once there is the answer, or the error
	answer  any
	err     error
}

// server is one that is asked. Each of its carriers has a connection.
type server struct {
	dial      func(context.Context) (redis.Conn, error)
	reading   time.Duration // what the answers to a bundle may take
	questions chan *question
	ages      atomic.Int64 // of connections: when one fails those of its age are all used no more, as they have probably failed too
	down      atomic.Bool  // it could not be asked when that was tried last
	stop      context.CancelFunc
	gone      <-chan struct{}
}

// unsent is why a question was not even sent: nothing was done for it.
type unsent struct{ error }

func (u unsent) Unwrap() error { return u.error }

var errGone = unsent{errors.New("the server has left the Cluster")}

// ask waits for what it has handed over however soon q.ctx ends: whoever asks for a change has to know whether it was made.
// A carrier gives up at the deadline, which q.ctx is to have.
func (s *server) ask(q *question) (any, error) {
	if err := q.ctx.Err(); err != nil {
		return nil, unsent{err}
	}
	q.done = make(chan struct{})
	select {
	case s.questions <- q:
	case <-q.ctx.Done():
		return nil, unsent{q.ctx.Err()}
	case <-s.gone:
		return nil, errGone
	}
	<-q.done
	return q.answer, q.err
}

// renew has what is asked from now on asked on new connections.
func (s *server) renew() { s.ages.Add(1) }

// carrier takes bundles to a server.
type carrier struct {
	*server
	conn redis.Conn // nil for none
	age  int64
}

// carry goes on until the server is gone.
func (c *carrier) carry() {
	defer c.hangUp()
	for {
		select {
		case first := <-c.questions:
			c.carryBundle(c.bundle(first))
		case <-c.gone:
			return
		}
	}
}

// bundle is a question and those that wait behind it.
func (c *carrier) bundle(first *question) []*question {
	all := []*question{first}
	for len(all) < perBundle {
		select {
		case q := <-c.questions:
			all = append(all, q)
		default:
			return all
		}
	}
	return all
}

func (c *carrier) carryBundle(all []*question) {
	var until time.Time // the one of them who waits longest has given up
	for _, q := range all {
		if end, _ := q.ctx.Deadline(); end.After(until) {
			until = end
		}
	}
	err := c.connect(until)
	if err == nil {
		err = c.send(all)
	}
	end, broken := time.Now().Add(c.reading), err != nil
	if end.After(until) {
		end = until
	}
	for _, q := range all {
		if q.err = err; err == nil {
			q.answer, q.err = c.receive(q, end)
			if said(q.err) == "" {
				err = q.err // there is no answer to the next one either
			}
			broken = broken || err != nil || readOnly(q.err)
		}
	}
	c.down.Store(err != nil)
	if broken = broken && c.conn != nil; broken {
		c.ages.CompareAndSwap(c.age, c.age+1)
	}
	for _, q := range all {
		close(q.done)
	}
	if broken {
		c.hangUp() // by TLS, to a server that does not read, this takes seconds
	}
}

// connect sees to a connection that is young enough.
func (c *carrier) connect(until time.Time) (err error) {
	age := c.ages.Load()
	if c.conn != nil && c.age == age {
		return nil
	}
	c.hangUp()
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	c.age = age
	if c.conn, err = c.dial(ctx); err != nil {
		return unsent{err}
	}
	return nil
}

func (c *carrier) send(all []*question) error {
	for _, q := range all {
		if q.asking {
			if err := c.conn.Send("asking"); err != nil {
				return err
			}
		}
		if err := c.conn.Send(q.command, q.args...); err != nil {
			return err
		}
	}
	return c.conn.Flush()
}

func (c *carrier) receive(q *question, end time.Time) (any, error) {
	if q.asking {
		if _, err := redis.ReceiveWithTimeout(c.conn, untilOrNow(end)); err != nil && said(err) == "" {
			return nil, err
		}
	}
	return redis.ReceiveWithTimeout(c.conn, untilOrNow(end))
}

// untilOrNow is never 0, which would stand for ever.
func untilOrNow(end time.Time) time.Duration { return max(1, time.Until(end)) }

func (c *carrier) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}
