package redisstate

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// Questions of several requests travel together: while one bundle is on its way, those that come wait for the next. A
// question by itself costs the two programs and the system between them more than what is asked; on two busy cores a
// bundle of three costs half of three questions. Nobody waits for a bundle to fill.
const (
	carriers  = 2  // bundles on their way at once
	perBundle = 64 // questions in one, at most
)

// question is a command, and where its asker waits.
type question struct {
	command redis.Cmder
	ctx     context.Context
	done    chan struct{} // closed once the command has its answer, or its error
}

// ask hands a command to the carriers and waits for its answer, and asks once more where there was none, or where the server
// has given its place to another. It tells whether an answer was lost: then the first asking may have done what it asked for.
func (s *store) ask(ctx context.Context, command redis.Cmder) (lost bool, err error) {
	err = s.askOnce(ctx, command)
	if lost = err != nil && !answered(err); lost || redis.IsReadOnlyError(err) {
		command.SetErr(nil)
		err = s.askOnce(ctx, command)
	}
	return lost, err
}

// answered tells whether an error is the server's answer.
func answered(err error) bool {
	var answer redis.Error
	return errors.As(err, &answer)
}

// askOnce waits for what it has handed over however soon ctx ends: whoever asks for a change has to know whether it was made.
// A carrier gives up at the deadline, which ctx is to have.
func (s *store) askOnce(ctx context.Context, command redis.Cmder) error {
	q := &question{command, ctx, make(chan struct{})}
	select {
	case s.questions <- q:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-q.done
	return command.Err()
}

// once is a command that go-redis is not to send again by itself, nor anything that travels with it.
type once struct{ *redis.Cmd }

func (once) NoRetry() bool { return true }

// carry takes bundles to the server until ctx ends.
func (s *store) carry(ctx context.Context) {
	for {
		select {
		case first := <-s.questions:
			s.carryBundle(s.bundle(first))
		case <-ctx.Done():
			return
		}
	}
}

// bundle is a question and those that wait behind it.
func (s *store) bundle(first *question) []*question {
	all := []*question{first}
	for len(all) < perBundle {
		select {
		case q := <-s.questions:
			all = append(all, q)
		default:
			return all
		}
	}
	return all
}

func (s *store) carryBundle(all []*question) {
	var until time.Time // the one of them who waits longest has given up
	for _, q := range all {
		if end, _ := q.ctx.Deadline(); end.After(until) {
			until = end
		}
	}
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	pipe := s.client.Pipeline()
	var sent []redis.Cmder
	for _, q := range all {
		if err := q.ctx.Err(); err != nil { // nobody is there any more
			q.command.SetErr(err)
			continue
		}
		_ = pipe.Process(ctx, q.command) // which only takes it in
		sent = append(sent, q.command)
	}
	// Each command has its own error; but where the server refuses the connection none has one.
	if _, err := pipe.Exec(ctx); err != nil && !slices.ContainsFunc(sent, func(c redis.Cmder) bool { return c.Err() != nil }) {
		for _, c := range sent {
			c.SetErr(err)
		}
	}
	for _, q := range all {
		close(q.done)
	}
}
