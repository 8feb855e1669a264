package faults

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ssprd/internal/dirtest"
)

// R58, R62: nothing happens that cannot be written down first, and when there is room again everything goes on.
func TestFullDisks(t *testing.T) {
	alongside(t)
	record, state := StartDisk(t), StartDisk(t)
	file := filepath.Join(record.Dir, "audit.jsonl")
	Open(t, Setting{Instances: 1, People: Some(300, 1500), Audit: file, State: filepath.Join(state.Dir, "state.db")}).Run(t,
		Fault{"R58", "audit", "the disk of the audit record is full for " + full().String(), func(s *Site) Outcome { return fullRecord(s, record, file) }},
		Fault{"R62 R70", "state", "the disk of the state file is full for " + full().String(), func(s *Site) Outcome { return fullState(s, state) }},
	)
}

// full is how long a disk is.
func full() time.Duration { return Lasting(3*time.Second, 30*time.Second) }

// stuck is one person who has a code in hand, and one who has a password in mind, when something breaks.
type stuck struct {
	coded, verified *Visitor
	code, password  screen // the pages before them
}

func (s *Site) stuck() stuck {
	one, _ := s.person()
	two, _ := s.person()
	k := stuck{coded: s.visitor(one, time.Now().Add(2*patience)), verified: s.visitor(two, time.Now().Add(2*patience))}
	k.code, k.password = k.coded.reach("/en/code"), k.verified.reach("/en/password")
	s.await("the code", func() bool { return k.coded.newest() != "" })
	return k
}

// tried is how often a wrong code is typed meanwhile: more often than a reset has tries.
const tried = 12

// refused wants every code, wrong and right, and every password to be answered by the page of an incident.
func (k stuck) refused(o *Outcome) {
	right := k.coded.newest()
	begin := time.Now()
	for n := range tried {
		typed := wrongCode(right)
		if n == tried/2 {
			typed = right
		}
		a := k.coded.post(k.code, "/en/code", url.Values{"code": {typed}})
		o.Want(unavailablePage(a) && a.path == "/en/code", "a code was answered by %d %s", a.status, a.path)
	}
	took := time.Since(begin) / tried
	o.Want(took < 5*time.Second, "an answer took %s", took)
	k.verified.chosen = []string{password(k.verified.person, 1)}
	a := k.verified.post(k.password, "/en/password", twice(k.verified.last()))
	o.Want(unavailablePage(a) || a.says("reason.not-begun"), "a password was answered by %d %s", a.status, a.path)
	has, err := k.verified.site.has(k.verified.person, dirtest.InitialPassword)
	o.Want(has && err == nil, "the password was changed all the same")
}

// unavailablePage tells whether a page says that the service is not available, with a reference for the log.
func unavailablePage(s screen) bool {
	return s.status == http.StatusServiceUnavailable && s.says("error.503") && s.says("error-reference")
}

// wrongCode is a code that is not the right one.
func wrongCode(right string) string {
	if right == "111111" {
		return "222222"
	}
	return "111111"
}

func twice(password string) url.Values {
	return url.Values{"password": {password}, "confirm": {password}}
}

// goOn wants both to come to their end with what they had: no try was counted, for no code was compared.
func (k stuck) goOn(o *Outcome) {
	a := k.coded.post(k.code, "/en/code", url.Values{"code": {k.coded.newest()}})
	o.Want(a.path == "/en/password", "afterwards the right code leads to %d %s %s", a.status, a.path, a.reason("ended"))
	for _, v := range []*Visitor{k.coded, k.verified} {
		e := v.run()
		o.Want(e == changed && v.again == 0, "%s came to the end %q", v.person.UID, e)
		wrong := v.verify(e)
		o.Want(wrong == "", "%s", wrong)
	}
}

// beginAnew wants both, whose resets are gone, to be told to begin anew, and to come to their end then. Of a crowd, it may
// be that all are before their beginning at that moment.
func (k stuck) beginAnew(o *Outcome) {
	for _, v := range []*Visitor{k.coded, k.verified} {
		e := v.run()
		o.Want(e == changed && v.again == 1, "%s came to the end %q, told %d times to begin anew", v.person.UID, e, v.again)
		wrong := v.verify(e)
		o.Want(wrong == "", "%s", wrong)
		o.Again += v.again
	}
}

// R58: the record is written first. Where it cannot be, no code is compared and no password is written.
func fullRecord(s *Site, disk *Disk, file string) (o Outcome) {
	crowd := s.Crowd(people, full())
	crowd.AwaitEnds(people)
	k := s.stuck()
	o.UnderWay = crowd.UnderWay()
	i := s.Instances[0]
	disk.Fill()
	begin := time.Now()
	o.Want(i.AwaitReady(http.StatusServiceUnavailable, "audit: not available"), "/readyz says %s", ready(i))
	k.refused(&o)
	pause(time.Until(begin.Add(full())))
	o.Want(i.AwaitReady(http.StatusServiceUnavailable, "audit: not available"), "at the end /readyz says %s", ready(i))
	disk.Free()
	k.goOn(&o)
	crowd.AwaitEnds(2 * people)
	o.Tally = crowd.Leave()
	o.Want(i.AwaitReady(http.StatusOK, ""), "it is not ready again: %s", ready(i))
	whole, torn := events(s, file)
	o.Want(torn <= 1, "%d lines of the record cannot be read", torn)
	o.Want(o.Again+o.Unchanged == 0, "some have not changed their password at once")
	o.Say("no code compared, no password written; %d events recorded, %d lines torn; %s", whole, torn, o.statuses())
	return o
}

// events counts the lines of the record.
func events(s *Site, file string) (whole, torn int) {
	f, err := os.Open(file)
	s.must(err)
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if json.Valid(lines.Bytes()) {
			whole++
		} else {
			torn++
		}
	}
	return whole, torn
}

// R62, R70: what cannot be stored is not answered as if it were.
func fullState(s *Site, disk *Disk) (o Outcome) {
	crowd := s.Crowd(people, full())
	crowd.AwaitEnds(people)
	o.UnderWay = crowd.UnderWay()
	i := s.Instances[0]
	disk.Fill()
	begin := time.Now()
	o.Want(i.AwaitReady(http.StatusServiceUnavailable, "state: not available"), "/readyz says %s", ready(i))
	p, _ := s.person()
	v := s.visitor(p, time.Now().Add(patience))
	a := v.address(v.get("/en/p/usagers"))
	o.Want(unavailablePage(a), "an address was answered by %d %s", a.status, a.path)
	pause(time.Until(begin.Add(full())))
	disk.Free()
	o.Want(i.AwaitReady(http.StatusOK, ""), "it is not ready again: %s", ready(i))
	crowd.AwaitEnds(2 * people)
	o.Tally = crowd.Leave()
	o.Want(o.Again+o.Unchanged == 0, "some have not changed their password at once")
	o.Say("ready again by itself; %s", o.statuses())
	return o
}
