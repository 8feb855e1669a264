package attack

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/dirtest"
	"ssprd/internal/portaltest"
)

// R10 to R14, R19: a code is guessed five times a reset and ten times an hour, and is good once, in one place.
func TestCodes(t *testing.T) {
	alongside(t)
	const quick = "code: {resend_after: 1s}\nlimits: {failures_per_population: 100000/1m}\n"
	Open(t, Setting{People: Some(50, 300), More: quick}).Run(t,
		Attack{"R13 R14", "volley", "wrong codes at once in one session, then the right one", volleyInOneSession},
		Attack{"R14", "exact", "as many wrong codes at once as are allowed, the right one, over and over", exactVolleys},
		Attack{"R14", "among", "the right code in a volley of wrong ones as large as is allowed", rightAmongWrong},
		Attack{"R13 R14", "sessions", "one wrong code in each of many sessions at once, for one address", oneInEachSession},
		Attack{"R13", "spellings", "ten wrong codes for one mailbox, its owner typed by mail and identifier", manySpellings},
		Attack{"R13", "resend", "four wrong codes, a resend, a fifth", resendGivesNoTry},
		Attack{"R12", "swapped", "the codes of two visitors, each typed in the other's session", swappedCodes},
		Attack{"R12", "population", "a code typed in a session of the same person in another population",
			codeOfAnotherPopulation},
		Attack{"R11", "replay", "a used code once more, in its session and in others", replayedCode},
		Attack{"R11", "older", "the former code after a resend", codeBeforeResend},
		Attack{"R11", "newer", "the code of an older session after a newer one was mailed", codeOfOlderSession},
		Attack{"R11", "overtaken", "a code after another reset of the account has succeeded", codeAfterSuccess},
		Attack{"R19", "forms", "short, long and lettered codes, then the right one with spaces", formsCostNothing},
	)
}

// R10: what has expired is no good.
func TestExpiry(t *testing.T) { // a reset outlives its code by as long again, in which a busy machine has to ask for all pages
	alongside(t)
	Open(t, Setting{People: 40, More: "code: {resend_after: 1s, lifetime: 8s}\n"}).Run(t,
		Attack{"R10", "right", "the right code, typed when it has expired", rightWhenExpired},
		Attack{"R1 R3 R10", "alike", "every kind of address: a code that expires, resends, a reset that does",
			alikeWhenExpired},
	)
}

// shots are one form sent many times at once, each with another code.
func (b *Browser) shots(codes []string) (shots []Request) {
	b.reach("/en/code", "/en/code")
	for _, code := range codes {
		shots = append(shots, b.Request(http.MethodPost, "/en/code", b.Form("/en/code", "code", code)))
	}
	return shots
}

// begun is a browser that has typed a person's address, and the code that was mailed for it.
func (s *Site) begun(p dirtest.Person) (*Browser, string) {
	s.t.Helper()
	b, before := s.Browser(), len(s.Codes(p.Mail))
	b.Begin(p.Unit, p.Mail)
	return b, s.Mailed(p.Mail, before+1)
}

// R13, R14: CVE-2024-4629.
func volleyInOneSession(s *Site) (o Outcome) {
	compared := 0
	const volleys = 2
	for range volleys {
		p := s.Person()
		b, right := s.begun(p)
		answers := s.Volley(b.shots(s.wrongs(p.Mail, 200)))
		o.Tries += len(answers)
		counts := tally(answers)
		compared += counts["code-wrong"] + s.closed(b)
		o.Want(counts["code-wrong"] == 4,
			"of 200 wrong codes %d were answered as wrong, of four there should be a try left: %v", counts["code-wrong"],
			counts)
		late := b.Code(right).Told()
		o.Want(late != "/en/password", "the right code was still taken after 200 wrong ones")
		o.Tries++
	}
	o.Want(compared == 5*volleys, "%d codes were compared, 5 are allowed", compared/volleys)
	o.Say("of 200, %d compared, then closed; the right code came too late", compared/volleys)
	return o
}

// closed is 1 if a reset has ended for its wrong codes: the fifth one, which is answered by that.
func (s *Site) closed(b *Browser) int {
	if strings.Contains(b.Get("/en/ended").Body, portaltest.Sentences()["ended.too-many-tries"]) {
		return 1
	}
	return 0
}

// left is how many tries an answer says are left.
func left(a Answer) string {
	_, rest, found := strings.Cut(a.Body, "You have ")
	if !found {
		return a.Told()
	}
	n, _, _ := strings.Cut(rest, " ")
	return n
}

// R14: each try is counted once, neither lost nor doubled. A volley that is larger than the limit would hide a lost one.
func exactVolleys(s *Site) (o Outcome) {
	again := Some(5, 60)
	for range again {
		p := s.Person()
		b, right := s.begun(p)
		answers := s.Volley(b.shots(s.wrongs(p.Mail, 4)))
		var told []string
		for _, a := range answers {
			told = append(told, left(a))
		}
		slices.Sort(told)
		o.Want(fmt.Sprint(told) == "[1 2 3 4]", "four wrong codes at once are told that there are left %v tries", told)
		o.Want(b.Code(right).To() == "/en/password", "the right code as the fifth was not taken")
		p = s.Person()
		b, right = s.begun(p)
		told = nil
		for _, a := range s.Volley(b.shots(s.wrongs(p.Mail, 5))) {
			told = append(told, left(a))
		}
		slices.Sort(told)
		o.Want(fmt.Sprint(told) == "[/en/ended 1 2 3 4]", "five wrong codes at once are told %v", told)
		o.Want(b.Code(right).To() != "/en/password", "the right code as the sixth was taken")
		o.Tries += 11
	}
	if len(o.Broke) == 0 {
		o.Say("%d times: after 4 at once the right code is good, after 5 it is not; none lost", again)
	}
	return o
}

// R14: of the right code and four wrong ones at once, the right one always wins; it is never compared as a sixth.
func rightAmongWrong(s *Site) (o Outcome) {
	again, taken := Some(5, 60), 0
	for i := range again {
		p := s.Person()
		b, right := s.begun(p)
		codes := slices.Insert(s.wrongs(p.Mail, 4), i%5, right)
		shots := b.shots(codes)
		for j, a := range s.Volley(shots) {
			o.Tries++
			if a.To() == "/en/password" {
				o.Want(codes[j] == right, "a wrong code leads to the password")
				taken++
			}
		}
	}
	o.Want(taken == again, "of %d right codes %d were taken", again, taken)
	o.Say("%d of %d right ones taken, no wrong one", taken, again)
	return o
}

// R13, R14: neither new sessions nor new clients give an account more than ten tries in an hour, typed as it may be.
func oneInEachSession(s *Site) (o Outcome) {
	p := s.Person()
	sessions := 200
	var shots []Request
	var last *Browser
	for range sessions {
		last = s.Browser()
		last.Begin("usagers", p.Mail)
		shots = append(shots, last.shots([]string{"000000"})...)
	}
	s.Settle()
	for i, wrong := range s.wrongs(p.Mail, sessions) {
		shots[i].Body = strings.Replace(shots[i].Body, "000000", wrong, 1)
	}
	counts := tally(s.Volley(shots))
	o.Tries = sessions + 5
	o.Want(counts["code-wrong"] == 10, "%d of %d tries were compared, 10 are allowed: %v", counts["code-wrong"], sessions,
		counts)
	o.Want(counts["code-wrong"]+counts["limited"] == sessions, "they were told %v", counts)
	for _, code := range s.Codes(p.Mail) {
		o.Want(last.Code(code).To() != "/en/password", "a right code was taken after ten wrong ones")
	}
	o.Say("%d compared in the hour, %d told to wait, the right one too", counts["code-wrong"], counts["limited"])
	return o
}

// R13: the tries are the mailbox's, however its owner is named; and whoever asks is told nothing else than nobody would be.
func manySpellings(s *Site) (o Outcome) {
	p := s.Person()
	for _, typed := range []string{p.Mail, p.UID} {
		b, before := s.Browser(), len(s.Codes(p.Mail))
		b.Begin("usagers", typed)
		s.Mailed(p.Mail, before+1)
		for _, wrong := range s.wrongs(p.Mail, 5) {
			o.Tries++
			b.Code(wrong)
		}
	}
	b, before := s.Browser(), len(s.Codes(p.Mail))
	b.Begin("usagers", strings.ToUpper(p.UID))
	s.await("the mail that says so", func() bool { return s.held(p.Mail) })
	got := b.Code(s.Wrong(p.Mail))
	o.Tries++
	o.Want(len(s.Codes(p.Mail)) == before, "after ten wrong codes by two names a code is sent for a third")
	o.Want(got.Told() == "code-wrong", "whoever asked by the third name is told %s", got.Told())
	o.Say("ten compared by two names; for a third no code is sent, which only the mailbox is told")
	return o
}

// held tells whether a mailbox was told that no code is sent.
func (s *Site) held(to string) bool {
	for _, m := range s.Sink.Messages() {
		if slices.Contains(m.To, to) && strings.Contains(m.Text, "It was not sent") {
			return true
		}
	}
	return false
}

// R13: CVE-2022-36413.
func resendGivesNoTry(s *Site) (o Outcome) {
	p := s.Person()
	b, _ := s.begun(p)
	soon := time.Now().Add(1100 * time.Millisecond)
	for _, wrong := range s.wrongs(p.Mail, 4) {
		o.Want(b.Code(wrong).Told() == "code-wrong", "one of four wrong codes is not told so")
	}
	pause(soon)
	o.Want(b.Resend().To() == "/en/code?new", "there is no resend")
	right := s.Mailed(p.Mail, 2)
	fifth := b.Code(s.Wrong(p.Mail)).Told()
	o.Want(fifth == "/en/ended", "the fifth wrong code, after a resend, is told %s", fifth)
	o.Want(b.Code(right).To() != "/en/password", "the right code was taken after five wrong ones")
	o.Tries = 6
	o.Say("the fifth closed the reset, the new code was of no use")
	return o
}

// R12: LTB #24, #520, #816.
func swappedCodes(s *Site) (o Outcome) {
	first, second := s.Person(), s.Person()
	a, codeA := s.begun(first)
	b, codeB := s.begun(second)
	if codeA == codeB { // once in a million
		return swappedCodes(s)
	}
	for _, answer := range []Answer{a.Code(codeB), b.Code(codeA)} {
		o.Want(left(answer) == "4", "the other's code is told %s, want a wrong one that is counted", left(answer))
	}
	o.Want(a.Code(codeA).To() == "/en/password" && b.Code(codeB).To() == "/en/password",
		"the codes are no good any more in their own sessions")
	o.Tries = 4
	o.Say("wrong, and counted; each still good in its own session")
	return o
}

// R12: a code is bound to the session and the population.
func codeOfAnotherPopulation(s *Site) (o Outcome) {
	p := dirtest.Camille
	a, code := s.begun(p)
	b := s.Browser()
	b.Begin("elus", p.Mail)
	got := b.Code(code)
	o.Want(left(got) == "4", "the code of another population is told %s", left(got))
	got = s.Browser().Code(code)
	o.Want(got.To() != "/en/password", "a code without a session leads to %s", got.To())
	o.Want(a.Code(code).To() == "/en/password", "the code is no good any more in its own session")
	o.Tries = 3
	o.Say("wrong, and counted")
	return o
}

// R11.
func replayedCode(s *Site) (o Outcome) {
	p := s.Person()
	b, code := s.begun(p)
	before := b.Twin()
	shots := slices.Repeat(b.shots([]string{code}), 20)
	taken := 0
	for _, a := range s.Volley(shots) {
		o.Tries++
		if len(a.Header.Values("Set-Cookie")) > 0 && a.To() == "/en/password" {
			taken++
			b.Take(a)
		}
	}
	o.Want(taken == 1, "of twenty posts of the right code at once %d were taken", taken)
	o.Want(before.Code(code).To() != "/en/password", "the code was taken a second time by the session of before")
	b.Reset(NewPassword(1))
	for name, again := range map[string]*Browser{"the session of before": before, "its own session": b,
		"no session": s.Browser()} {
		o.Tries++
		a := again.Post("/en/code", "code", code)
		o.Want(a.To() != "/en/password", "%s takes the code a second time", name)
	}
	later, _ := s.begun(p)
	o.Want(later.Code(code).To() != "/en/password", "a later session takes the code of an earlier one")
	o.Tries += 2
	o.Say("20 at once: 1 taken; never again, anywhere")
	return o
}

// R11.
func codeBeforeResend(s *Site) (o Outcome) {
	p := s.Person()
	b, old := s.begun(p)
	pause(time.Now().Add(1100 * time.Millisecond))
	b.Resend()
	fresh := s.Mailed(p.Mail, 2)
	if fresh == old {
		return codeBeforeResend(s)
	}
	got := b.Code(old)
	o.Want(got.Status == http.StatusUnprocessableEntity, "the former code is told %s", got.Told())
	o.Want(b.Code(fresh).To() == "/en/password", "the new code is not taken")
	o.Tries = 2
	o.Say("%s; the new one is good", got.Told())
	return o
}

// R11: one code is alive for an account, the newest, whatever the session.
func codeOfOlderSession(s *Site) (o Outcome) {
	p := s.Person()
	older, old := s.begun(p)
	newer, fresh := s.begun(p)
	got := older.Code(old)
	o.Want(got.Status == http.StatusUnprocessableEntity,
		"the older session's code, after a newer one was mailed, is told %s", got.Told())
	o.Want(newer.Code(fresh).To() == "/en/password", "the newer code is not taken")
	o.Tries = 2
	o.Say("%s; the newer one is good", got.Told())
	return o
}

// R11: success ends every other reset of the account.
func codeAfterSuccess(s *Site) (o Outcome) {
	p := s.Person()
	older, old := s.begun(p)
	waiting := s.Verified(p)
	s.Verified(p).Reset(NewPassword(2))
	got := older.Code(old)
	o.Want(got.To() != "/en/password", "the code of a reset that another has overtaken is taken")
	late := waiting.Password(NewPassword(3))
	o.Want(late.To() != "/en/done" && late.To() != "/en/wait", "a reset that another has overtaken leads to %s", late.To())
	o.Want(s.Slapd.Bind(p.DN(s.Slapd.BaseDN), NewPassword(2)) == nil, "the password is not that of the first success")
	o.Tries = 2
	o.Say("the waiting code: %s; the verified session: %s", got.Told(), late.Told())
	return o
}

// R19.
func formsCostNothing(s *Site) (o Outcome) {
	p := s.Person()
	b, right := s.begun(p)
	for range 3 {
		for typed, told := range map[string]string{
			"": "code-empty", " - ": "code-empty", "1": "code-short", right[:5]: "code-short", right + "1": "code-long",
			strings.Repeat("1", 4000): "code-long",
			"abcdef":                  "code-not-digits", "<b>123": "code-not-digits", right[:5] + "\x00": "code-not-digits",
			right[:5] + "\xff": "code-not-digits",
		} {
			o.Tries++
			got := b.Code(typed).Told()
			o.Want(got == told, "the code %.20q is told %s, want %s", typed, got, told)
		}
	}
	got := b.Code(" " + right[:3] + "\u00a0-" + right[3:] + "\r\n")
	o.Want(got.To() == "/en/password", "the right code, after %d that are none, is told %s", o.Tries, got.Told())
	o.Say("each told what it is, none counted; the right one was taken")
	return o
}

// R10.
func rightWhenExpired(s *Site) (o Outcome) {
	p := s.Person()
	b := s.Browser()
	b.Begin("usagers", p.Mail)
	expired := time.Now().Add(8050 * time.Millisecond)
	code := s.Mailed(p.Mail, 1)
	b.Get("/en/code")
	pause(expired)
	got := b.Code(code).Told()
	o.Want(got == "code-expired", "the right code, too late, is told %s", got)
	o.Want(b.Get("/en/password").To() == "/en/code", "the password page opens after an expired code")
	o.Tries = 1
	o.Say("refused as expired")
	return o
}
