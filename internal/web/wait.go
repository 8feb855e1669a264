package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"ssprd/internal/flow"
)

const (
	// holdFor is how long the button « Actualiser » is answered later, until something has moved: the page needs no
	// timed refresh (RGAA 13.1), and nobody has to press often.
	holdFor = 5 * time.Second
	// streamFor bounds one event stream; the browser opens the next.
	streamFor = 2 * time.Minute
	// slowAfter is longer than servers in good health take to have a change of each other.
	slowAfter = 15 * time.Second
	// beat keeps proxies from cutting a stream in which nothing happens.
	beat = 15 * time.Second
)

// waitPage shows how far the change is. With ?seen=VERSION it is held until there is something else to show.
func (p *portal) waitPage(rq *request, r flow.Reset) (answer, error) {
	if seen, err := strconv.Atoi(rq.query.Get("seen")); err == nil && seen == r.Version {
		ctx, cancel := context.WithTimeout(rq, holdFor)
		defer cancel()
		if r, err = p.flow.Changed(ctx, p.visit(rq), seen); err != nil {
			return answer{}, err
		}
	}
	if !moving(r) {
		return goTo(p.where(rq.lang, r)), nil
	}
	return show(p.waiting(rq, r)), nil
}

// moving tells whether a change is under way.
func moving(r flow.Reset) bool { return r.State == flow.Changing || r.State == flow.Spreading }

func (p *portal) waiting(rq *request, r flow.Reset) WaitPage {
	home := p.home(rq.lang)
	stages := stages(r)
	return WaitPage{
		Frame: p.frame(rq, r.Population, 4), Refresh: home + "wait?seen=" + strconv.Itoa(r.Version),
		Events: home + "wait/events", Next: home + "done", Stages: stages, Percent: percent(stages), Over: r.State.Over(),
	}
}

// stages are the lines of the waiting page: what is done, what is being done, what is still to come.
func stages(r flow.Reset) []Stage {
	written := r.State == flow.Spreading || r.State == flow.Done
	lines := []Stage{{Kind: StageCheck, State: StageDone}, {Kind: StageWrite, State: StageNow}}
	if written {
		lines[1].State, lines[1].After = StageDone, worthTelling(r.Written.Sub(r.Claimed))
	}
	for i, s := range r.Servers {
		lines = append(lines, Stage{Kind: StageServer, Label: s.Server, N: i + 1, State: serverState(r, s), After: worthTelling(s.After)})
	}
	return lines
}

func serverState(r flow.Reset, s flow.ServerProgress) StageState {
	switch {
	case s.Reached:
		return StageDone
	case r.State.Over():
		return StageLate
	case time.Since(r.Written) >= slowAfter:
		return StageSlow
	}
	return StageNow
}

// worthTelling leaves out what would read « 0,0 s ».
func worthTelling(took time.Duration) time.Duration {
	if took < 50*time.Millisecond {
		return 0
	}
	return took
}

func percent(stages []Stage) int {
	done := 0
	for _, s := range stages {
		if s.State == StageDone {
			done++
		}
	}
	return 100 * done / len(stages)
}

// events streams the progress as it happens: each message is the rendered list of stages; the last one says that the
// page of the outcome is there. It stands outside serve, which answers once and whole.
func (p *portal) events(life context.Context, lang string) gin.HandlerFunc {
	return func(c *gin.Context) {
		rq := &request{Context: c.Request.Context(), lang: lang, path: "/wait"}
		session, err := p.sessions.load(c.Request)
		if err != nil {
			p.fail(c.Writer, rq, err)
			return
		}
		rq.Context = session
		ctx, cancel := context.WithTimeout(rq.Context, streamFor)
		defer cancel()
		defer context.AfterFunc(life, cancel)() // a stopping server does not wait for a waiting page
		if err := p.stream(ctx, rq, c.Writer); err != nil && ctx.Err() == nil {
			p.log.DebugContext(rq, "an event stream ended early", "error", err)
		}
	}
}

func (p *portal) stream(ctx context.Context, rq *request, w http.ResponseWriter) error {
	v := p.visit(rq)
	r, err := p.flow.Look(ctx, v)
	if errors.Is(err, flow.ErrNoReset) {
		p.fail(w, rq, visitorError{http.StatusNotFound})
		return nil
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold the events back
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Now().Add(streamFor + beat)) // the server's own is for answers that end at once
	for {
		if err := p.event(rq, w, r); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
		if !moving(r) || ctx.Err() != nil { // a stream is for whoever waits: anybody else would only hold it open
			return nil
		}
		if r, err = p.nextOrBeat(ctx, v, r); err != nil {
			return err
		}
	}
}

// nextOrBeat waits for the next change, or until it is time to show that the stream is alive.
func (p *portal) nextOrBeat(ctx context.Context, v flow.Visit, r flow.Reset) (flow.Reset, error) {
	ctx, cancel := context.WithTimeout(ctx, beat)
	defer cancel()
	return p.flow.Changed(ctx, v, r.Version)
}

// event writes one event: the list, or where to go next.
func (p *portal) event(rq *request, w http.ResponseWriter, r flow.Reset) error {
	if !moving(r) {
		_, err := fmt.Fprintf(w, "event: over\ndata: %s\n\n", p.where(rq.lang, r))
		return err
	}
	var list bytes.Buffer
	if err := p.pages.Fragment(&list, p.waiting(rq, r), "progress"); err != nil {
		return err
	}
	data := strings.ReplaceAll(strings.TrimSpace(list.String()), "\n", "\ndata: ")
	_, err := fmt.Fprintf(w, "event: progress\ndata: %s\n\n", data)
	return err
}

// donePage says that the password was changed, masked (R51).
func (p *portal) donePage(rq *request, r flow.Reset) (answer, error) {
	rq.path = "/" // the page in another language: this one is shown once
	a, _ := r.Chosen()
	page := DonePage{
		Frame: p.frame(rq, r.Population, 4), Identifier: MaskIdentifier(a.Identifier),
		Continue: p.Portal.LoginURL, MustChange: r.MustChange, Locked: r.Locked,
		At: r.Written.Local(),
	}
	if r.Written.IsZero() {
		page.At = time.Time{}
	}
	if len(a.Mail) > 0 {
		page.Mail = MaskMail(a.Mail[0])
	}
	for _, s := range stages(r) {
		if s.State == StageLate {
			page.Late = append(page.Late, s)
		}
	}
	return last(page), nil
}
