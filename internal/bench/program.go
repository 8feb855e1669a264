package bench

import (
	"errors"
	"fmt"
	"time"

	"ssprd/internal/child"
)

// portal is the running program.
type portal struct {
	*child.Process
	ready time.Duration // from its start to its first page
}

// start starts the portal and waits for its first page.
func (w *world) start() (*portal, error) { return w.startAt(w.config, w.host) }

// startAt starts one with another configuration. It ends with the test at the latest.
func (w *world) startAt(config, host string) (*portal, error) {
	w.lines.close() // they lead to those before
	begin := time.Now()
	process, err := child.Start(w.program, "serve", "--config", config)
	if err != nil {
		return nil, err
	}
	w.t.Cleanup(process.Stop)
	if err := w.await(process, host); err != nil {
		return nil, fmt.Errorf("%w: %s", err, process.Output())
	}
	return &portal{process, time.Since(begin)}, nil
}

// await asks for the first page each millisecond: what is measured takes some tens of them.
func (w *world) await(process *child.Process, host string) error {
	deadline := time.After(child.Patience)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		v := w.visitor(host)
		if v.get("/fr/"); v.err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-process.Exited():
			return fmt.Errorf("the portal has ended: %d", process.ExitCode())
		case <-deadline:
			return errors.Join(errors.New("the portal does not answer"), v.err)
		}
	}
}

// starts measures n starts.
func (w *world) starts(n int) (took []time.Duration, err error) {
	for range n {
		p, err := w.start()
		if err != nil {
			return nil, err
		}
		p.Stop()
		took = append(took, p.ready)
	}
	return took, nil
}
