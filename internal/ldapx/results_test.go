package ldapx_test

import (
	"errors"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/demo/ldapserver"
	"ssprd/internal/flow"
	"ssprd/internal/ldapx"
	"ssprd/internal/secret"
)

// result is an answer to a change, and what must be made of it.
type result struct {
	name   string
	answer ldapserver.Result
	reason flow.Reason // of a refusal
	code   string
	alarm  bool
	next   bool // the next server is asked, which makes the change
}

func answer(code uint16, text string) ldapserver.Result {
	return ldapserver.Result{Code: code, Message: text}
}

func policyResult(code uint16, policy int8) ldapserver.Result {
	return ldapserver.Result{Code: code, Policy: policy, PolicyKnown: true}
}

// results are all that a directory is known to answer; the texts are as servers send them.
var results = []result{
	// The password policy control, of slapd and of 389 DS.
	{"control: password expired", ldapserver.Refused(0, ""), flow.RefusedPolicy, "PWD_POLICY", false, false},
	{"control: account locked", ldapserver.Refused(1, ""), flow.NotAllowed, "LOCKED_BY_ADMINISTRATOR", false, false},
	{"control: change after reset", ldapserver.Refused(2, ""), flow.NotAllowed, "CHANGE_AFTER_RESET", true, false},
	{"control: no changes", ldapserver.Refused(3, ""), flow.NotAllowed, "PWD_MOD_NOT_ALLOWED", true, false},
	{"control: the old one is needed", ldapserver.Refused(4, ""), flow.NotAllowed, "PWD_SAFE_MODIFY", true, false},
	{"control: quality", ldapserver.Refused(5, ""), flow.RefusedQuality, "PWD_QUALITY", false, false},
	{"control: too short", ldapserver.Refused(6, ""), flow.RefusedShort, "PWD_TOO_SHORT", false, false},
	{"control: too young", ldapserver.Refused(7, ""), flow.RefusedTooYoung, "PWD_TOO_YOUNG", false, false},
	{"control: in history", ldapserver.Refused(8, ""), flow.RefusedHistory, "PWD_IN_HISTORY", false, false},
	{"control: too long", ldapserver.Refused(9, ""), flow.RefusedLong, "PWD_TOO_LONG", false, false},
	{"control: one of the future", ldapserver.Refused(42, ""), flow.RefusedPolicy, "PWD_POLICY", false, false},

	{"control: no changes, for want of a right or of a writable server", policyResult(50, 3), "", "", false, true},
	{"control: no changes, of a read-only server", policyResult(53, 3), "", "", false, true},

	// Active Directory.
	{"domain: rules, of a reset", answer(53, "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0"), flow.RefusedPolicy, "PWD_POLICY", false, false},
	{"domain: rules, of a change", answer(19, "0000052D: AtrErr: DSID-03191083, #1:\n\t0: 0000052D: DSID-03191083, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 9005a (unicodePwd)"), flow.RefusedPolicy, "PWD_POLICY", false, false},
	{"domain: not encrypted enough", answer(53, "0000001F: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0"), flow.Unavailable, "CONFIG_TLS", true, false},
	{"domain: no right", answer(50, "00000005: SecErr: DSID-03152E29, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0"), flow.NotAllowed, "NO_RIGHT", true, false},
	{"domain: signing required", answer(8, "00002028: LdapErr: DSID-0C0903CB, comment: The server requires binds to turn on integrity checking"), flow.Unavailable, "CONFIG_SIGNING", true, false},
	{"domain: a read-only controller", answer(10, "0000202B: RefErr: DSID-0310082F, data 0, 1 access points"), "", "", false, true},
	{"domain: bound no more", answer(1, "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed"), "", "", false, true},
	{"domain: no such control", answer(12, ""), flow.Unavailable, "NO_POLICY_HINTS", true, false},
	{"domain: moved or deleted", answer(32, "0000208D: NameErr: DSID-03100245, problem 2001 (NO_OBJECT), data 0, best match of:"), flow.NotAllowed, "GONE", false, false},

	// slapd and 389 DS.
	{"follower with a referral", answer(10, ""), "", "", false, true},
	{"follower without one", answer(53, "shadow context; no update referral"), "", "", false, true},
	{"database under maintenance", answer(53, "operation restricted"), "", "", false, true},
	{"read-only backend", answer(53, "database is read-only"), "", "", false, true},
	{"two changes in one second", answer(20, "modify/add: pwdHistory: value #0 already exists"), flow.Unavailable, "COLLISION", false, false},
	{"two changes at one moment", answer(16, ""), flow.Unavailable, "COLLISION", false, false},
	{"a clear connection", answer(13, "Operation requires a secure connection."), flow.Unavailable, "CONFIG_TLS", true, false},
	{"the present password, with no control", answer(19, "password in history"), flow.RefusedHistory, "PWD_IN_HISTORY", false, false},
	{"rules, with no control", answer(19, "Password fails quality checking policy"), flow.RefusedPolicy, "PWD_POLICY", false, false},
	{"no such attribute type", answer(17, "unicodePwd: attribute type undefined"), flow.NotAllowed, "WRONG_KIND", true, false},
	{"no such operation", answer(2, "unsupported extended operation"), flow.NotAllowed, "WRONG_KIND", true, false},
	{"no value of that syntax", answer(21, ""), flow.NotAllowed, "WRONG_KIND", true, false},
	{"an entry that holds no password", answer(65, "attribute 'userPassword' not allowed"), flow.NotAllowed, "NO_PASSWORD_HERE", true, false},
	{"unwilling, for whatever reason", answer(53, "no"), flow.NotAllowed, "UNWILLING", true, false},
	{"no authority", answer(123, ""), flow.NotAllowed, "NO_RIGHT", true, false},

	{"busy", answer(51, ""), "", "", false, true},

	// Those that do not say whether anything was done: the entry, read again, shows that nothing was.
	{"unavailable", answer(52, ""), flow.Unavailable, "DIRECTORY_ERROR", true, false},
	{"other", answer(80, "internal error"), flow.Unavailable, "DIRECTORY_ERROR", true, false},
	{"time limit", answer(3, ""), flow.Unavailable, "DIRECTORY_ERROR", true, false},
	{"administrative limit", answer(11, ""), flow.Unavailable, "DIRECTORY_ERROR", true, false},
	{"unheard of", answer(118, ""), flow.Unavailable, "DIRECTORY_ERROR", true, false},
}

// R46: every result has one reason for the person, one code for the log, and an alarm where an administrator must look.
func TestResults(t *testing.T) {
	for _, r := range results {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel() // some readings have pauses between them
			first, second := &scripted{find: always(person(nil)), written: r.answer}, &scripted{find: always(person(nil))}
			c := scriptedConfig(t, ldapx.OpenLDAP, first.start(t), second.start(t))
			population := open(t, c).Population(usagers)
			written, err := population.SetPassword(t.Context(), "6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01", secret.New("Rivage-de-pierre-47"))
			if r.next {
				if err != nil || written.Server != c.Servers[1] || first.writes != 1 || second.writes != 1 {
					t.Errorf("%+v, %v, after %d and %d writes; want that of the second server", written, err, first.writes, second.writes)
				}
				return
			}
			var refused *flow.RefusedError
			if !errors.As(err, &refused) {
				t.Fatalf("%v, want a refusal", err)
			}
			if refused.Reason != r.reason || refused.Code != r.code || refused.Alarm != r.alarm || !ldap.IsErrorWithCode(refused.Err, r.answer.Code) {
				t.Errorf("%s %s %v for %v, want %s %s %v", refused.Reason, refused.Code, refused.Alarm, refused.Err, r.reason, r.code, r.alarm)
			}
			if first.writes != 1 || second.writes != 0 {
				t.Errorf("%d and %d writes, want one", first.writes, second.writes)
			}
		})
	}
}

// R45: a server that could not say what came of a change had made it: the entry shows so, and no other one is asked.
func TestDoneAllTheSame(t *testing.T) {
	for _, code := range []uint16{ldap.LDAPResultUnavailable, ldap.LDAPResultOther, ldap.LDAPResultTimeLimitExceeded, 1, 71, 118} {
		first, second := &scripted{find: always(person(nil)), written: answer(code, "")}, &scripted{find: always(person(nil))}
		first.takes = func() {
			first.find = always(person(map[string][]string{"entryCSN": {"20261125000001.000000Z#000000#000#000000"}, "pwdChangedTime": {"20261125000001Z"}}))
		}
		c := scriptedConfig(t, ldapx.OpenLDAP, first.start(t), second.start(t))
		written, err := open(t, c).Population(usagers).SetPassword(t.Context(), "6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01", secret.New("Rivage-de-pierre-47"))
		if err != nil || written.Server != c.Servers[0] || written.Mark == "" || second.writes != 0 {
			t.Errorf("result %d: %+v, %v, and %d writes on the second server", code, written, err, second.writes)
		}
	}
}

// A server that turned out to be read-only is not sent the next change, but is still asked who is who.
func TestReadOnlyIsRemembered(t *testing.T) {
	first, second := &scripted{find: always(person(nil)), written: answer(10, "")}, &scripted{find: always(person(nil))}
	population := open(t, scriptedConfig(t, ldapx.OpenLDAP, first.start(t), second.start(t))).Population(usagers)
	for range 3 {
		if _, err := population.SetPassword(t.Context(), "6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01", secret.New("Rivage-de-pierre-47")); err != nil {
			t.Fatal(err)
		}
	}
	if first.writes != 1 || second.writes != 3 {
		t.Errorf("%d writes were sent to the read-only server, %d to the other", first.writes, second.writes)
	}
}

// Where no server is left, what the last one said is what is told.
func TestNoServerLeft(t *testing.T) {
	for _, c := range []struct {
		answer ldapserver.Result
		reason flow.Reason
		code   string
	}{{answer(10, ""), flow.Unavailable, "READ_ONLY"}, {policyResult(53, 3), flow.Unavailable, "READ_ONLY"}, {policyResult(50, 3), flow.NotAllowed, "NO_RIGHT"}} {
		only := &scripted{find: always(person(nil)), written: c.answer}
		population := open(t, scriptedConfig(t, ldapx.OpenLDAP, only.start(t))).Population(usagers)
		for range 2 {
			_, err := population.SetPassword(t.Context(), "6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01", secret.New("Rivage-de-pierre-47"))
			var refused *flow.RefusedError
			if !errors.As(err, &refused) || refused.Reason != c.reason || refused.Code != c.code || !refused.Alarm {
				t.Errorf("%v, want %s %s", err, c.reason, c.code)
			}
		}
	}
}

// Where a server is away or busy it is no refusal: the person may try again, and no administrator is called.
func TestNobodyServes(t *testing.T) {
	busy, readOnly := &scripted{find: always(person(nil)), written: answer(51, "")}, &scripted{find: always(person(nil)), written: answer(10, "")}
	for name, servers := range map[string][]string{
		"busy": {busy.start(t)}, "read-only, and another is away": {readOnly.start(t), "ldap://127.0.0.1:1"}, "away": {"ldap://127.0.0.1:1"},
	} {
		_, err := open(t, scriptedConfig(t, ldapx.OpenLDAP, servers...)).Population(usagers).SetPassword(t.Context(), "6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01", secret.New("Rivage-de-pierre-47"))
		var refused *flow.RefusedError
		if err == nil || errors.As(err, &refused) || errors.Is(err, flow.ErrUnknownOutcome) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What one server has against the change tells more than that the other is read-only.
func TestNoRightAndReadOnly(t *testing.T) {
	first, second := &scripted{find: always(person(nil)), written: policyResult(50, 3)}, &scripted{find: always(person(nil)), written: policyResult(53, 3)}
	for _, servers := range [][]string{{first.start(t), second.start(t)}, {second.start(t), first.start(t)}} {
		_, err := open(t, scriptedConfig(t, ldapx.DS389, servers...)).Population(usagers).SetPassword(t.Context(), "6f1b1d0a-3d9c-103f-8f2b5d3c", secret.New("Rivage-de-pierre-47"))
		var refused *flow.RefusedError
		if !errors.As(err, &refused) || refused.Code != "NO_RIGHT" {
			t.Errorf("%v, want NO_RIGHT", err)
		}
	}
}

// A refusal without a reason is put down to the age of the last change, where that is too recent.
func TestTooYoungWithoutAReason(t *testing.T) {
	entry := person(map[string][]string{"pwdPolicySubentry": {"cn=kept,dc=region,dc=example"}, "pwdChangedTime": {time.Now().UTC().Format("20060102150405Z")}})
	s := &scripted{written: answer(19, "Password fails quality checking policy"), find: func(q ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) {
		if q.Base == "cn=kept,dc=region,dc=example" {
			return []*ldap.Entry{ldap.NewEntry(q.Base, map[string][]string{"pwdAttribute": {"userPassword"}, "pwdMinAge": {"86400"}})}, ldapserver.Result{}
		}
		return []*ldap.Entry{entry}, ldapserver.Result{}
	}}
	_, err := open(t, scriptedConfig(t, ldapx.OpenLDAP, s.start(t))).Population(usagers).SetPassword(t.Context(), "6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01", secret.New("Rivage-de-pierre-47"))
	var refused *flow.RefusedError
	if !errors.As(err, &refused) || refused.Reason != flow.RefusedTooYoung || refused.Code != "PWD_TOO_YOUNG" || time.Until(refused.Until) < 23*time.Hour {
		t.Errorf("%v, %+v", err, refused)
	}
}

// R71: a server that was too busy to let the service account in has not refused it.
func TestBusyAtTheBind(t *testing.T) {
	for _, code := range []uint16{51, 52, 80} {
		s := &scripted{find: always(person(nil)), refuses: []ldapserver.Result{answer(code, "")}}
		population := open(t, scriptedConfig(t, ldapx.OpenLDAP, s.start(t))).Population(usagers)
		if _, err := population.Find(t.Context(), "camille.durand@exemple.fr"); err == nil {
			t.Error("found without a bind")
		}
		if found, err := population.Find(t.Context(), "camille.durand@exemple.fr"); err != nil || len(found) != 1 {
			t.Errorf("result %d: after it %v %v", code, found, err)
		}
	}
}

// R45: where the entry has moved and nothing tells that it was the password, nobody says how it went, and no server is asked
// again.
func TestNothingProvesIt(t *testing.T) {
	first, second := &scripted{find: always(person(nil)), written: answer(80, "")}, &scripted{find: always(person(nil))}
	first.takes = func() {
		first.find = always(person(map[string][]string{"entryCSN": {"20261125000001.000000Z#000000#000#000000"}}))
	}
	c := scriptedConfig(t, ldapx.OpenLDAP, first.start(t), second.start(t))
	_, err := open(t, c).Population(usagers).SetPassword(t.Context(), "6f1b1d0a-3d9c-103f-8f2b-5d3c1b1f0a01", secret.New("Rivage-de-pierre-47"))
	if !errors.Is(err, flow.ErrUnknownOutcome) || first.writes != 1 || second.writes != 0 {
		t.Errorf("%v, after %d and %d writes", err, first.writes, second.writes)
	}
}
