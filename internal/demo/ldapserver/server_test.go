package ldapserver_test

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"ssprd/internal/child"
	"ssprd/internal/demo/ldapserver"
)

// echo answers with what it was asked, and notes it.
type echo struct {
	mu     sync.Mutex
	who    []string
	query  ldapserver.Query
	modify ldapserver.Modify
	passwd ldapserver.PasswordModify
	result ldapserver.Result
}

func (e *echo) note(who string) ldapserver.Result {
	e.who = append(e.who, who)
	return e.result
}

func (e *echo) Bind(dn, password string) ldapserver.Result {
	if password == "wrong" {
		return ldapserver.Result{Code: ldap.LDAPResultInvalidCredentials}
	}
	return ldapserver.Result{}
}

func (e *echo) Search(who string, q ldapserver.Query) ([]*ldap.Entry, ldapserver.Result) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.query = q
	return []*ldap.Entry{ldap.NewEntry("cn=é,dc=x", map[string][]string{"cn": {"é", "e"}})}, e.note(who)
}

func (e *echo) Modify(who string, m ldapserver.Modify) ldapserver.Result {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.modify = m
	return e.note(who)
}

func (e *echo) PasswordModify(who string, m ldapserver.PasswordModify) ldapserver.Result {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.passwd = m
	return e.note(who)
}

func start(t *testing.T, b ldapserver.Backend) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := ldapserver.Start(l, b, slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s.Addr()
}

func dial(t *testing.T, addr string) *ldap.Conn {
	t.Helper()
	c, err := ldap.DialURL("ldap://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	c.SetTimeout(5 * time.Second)
	t.Cleanup(func() { c.Close() })
	return c
}

func TestSearchCarriesTheQuery(t *testing.T) {
	b := &echo{result: ldapserver.Result{Code: ldap.LDAPResultSizeLimitExceeded, Message: "enough"}}
	c := dial(t, start(t, b))
	if err := c.Bind("cn=me", "right"); err != nil {
		t.Fatal(err)
	}
	found, err := c.Search(ldap.NewSearchRequest("dc=x", ldap.ScopeSingleLevel, ldap.NeverDerefAliases, 7, 1, false, "(cn=a*b)", []string{"cn", "+"}, nil))
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) {
		t.Fatalf("got %v, want the result that the backend gave", err)
	}
	if len(found.Entries) != 1 || !slices.Equal(found.Entries[0].GetAttributeValues("cn"), []string{"é", "e"}) {
		t.Errorf("entries %v, want the one that the backend gave, before its result", found.Entries)
	}
	q := b.query
	if q.Base != "dc=x" || q.Scope != ldap.ScopeSingleLevel || q.SizeLimit != 7 || !slices.Equal(q.Attributes, []string{"cn", "+"}) {
		t.Errorf("query %+v", q)
	}
	if text, err := ldap.DecompileFilter(q.Filter); err != nil || text != "(cn=a*b)" {
		t.Errorf("filter %q, %v", text, err)
	}
	if !slices.Equal(b.who, []string{"cn=me"}) {
		t.Errorf("who %q, want the name that was bound", b.who)
	}
}

func TestTypesOnly(t *testing.T) {
	c := dial(t, start(t, &echo{}))
	found, err := c.Search(ldap.NewSearchRequest("dc=x", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, true, "(cn=*)", nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if a := found.Entries[0].Attributes; len(a) != 1 || a[0].Name != "cn" || len(a[0].Values) != 0 {
		t.Errorf("attributes %v, want a name without values", a)
	}
}

// A bind that fails leaves the connection nobody's (RFC 4511 section 4.2.1).
func TestFailedBindForgetsTheFormer(t *testing.T) {
	b := &echo{}
	c := dial(t, start(t, b))
	if err := c.Bind("cn=me", "right"); err != nil {
		t.Fatal(err)
	}
	if err := c.Bind("cn=me", "wrong"); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
		t.Fatalf("got %v", err)
	}
	if err := c.Modify(ldap.NewModifyRequest("cn=you", nil)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(b.who, []string{""}) {
		t.Errorf("who %q, want nobody", b.who)
	}
}

func TestModifyCarriesTheChanges(t *testing.T) {
	b := &echo{}
	c := dial(t, start(t, b))
	m := ldap.NewModifyRequest("cn=you", nil)
	m.Replace("userPassword", []string{"pé ss"})
	m.Delete("mail", nil)
	if err := c.Modify(m); err != nil {
		t.Fatal(err)
	}
	got := b.modify
	if got.DN != "cn=you" || len(got.Changes) != 2 || got.Changes[0].Operation != ldap.ReplaceAttribute ||
		got.Changes[0].Modification.Type != "userPassword" || !slices.Equal(got.Changes[0].Modification.Vals, []string{"pé ss"}) ||
		got.Changes[1].Operation != ldap.DeleteAttribute {
		t.Errorf("modify %+v", got)
	}
}

func TestPasswordModifyCarriesItsThreeParts(t *testing.T) {
	for _, want := range []ldapserver.PasswordModify{
		{DN: "cn=you", Old: "former", New: "pé ss"},
		{DN: "cn=you", New: "new"},
		{},
	} {
		b := &echo{}
		c := dial(t, start(t, b))
		if _, err := c.PasswordModify(ldap.NewPasswordModifyRequest(want.DN, want.Old, want.New)); err != nil {
			t.Fatal(err)
		}
		if b.passwd != want {
			t.Errorf("got %+v, want %+v", b.passwd, want)
		}
	}
}

// The reason of a refusal goes to clients that sent the password policy control, and to nobody else.
func TestPolicyControl(t *testing.T) {
	b := &echo{result: ldapserver.Refused(ldap.BeheraPasswordInHistory, "used before")}
	c := dial(t, start(t, b))
	for _, sent := range []bool{true, false} {
		m := ldap.NewModifyRequest("cn=you", nil)
		if sent {
			m.Controls = []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}
		}
		err := c.Modify(m)
		var refused *ldap.Error
		if !errors.As(err, &refused) || refused.ResultCode != ldap.LDAPResultConstraintViolation {
			t.Fatalf("got %v, want constraintViolation", err)
		}
		if got := policyErrors(t, refused); sent != slices.Equal(got, []int8{ldap.BeheraPasswordInHistory}) {
			t.Errorf("control sent: %v, policy errors %v", sent, got)
		}
	}
}

func policyErrors(t *testing.T, err *ldap.Error) (codes []int8) {
	t.Helper()
	if len(err.Packet.Children) < 3 {
		return nil
	}
	for _, p := range err.Packet.Children[2].Children {
		c, err := ldap.DecodeControl(p)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, c.(*ldap.ControlBeheraPasswordPolicy).Error)
	}
	return codes
}

func TestWhatIsNotOffered(t *testing.T) {
	tests := []struct {
		name string
		do   func(*ldap.Conn) error
		want uint16
	}{
		{"critical control", func(c *ldap.Conn) error {
			m := ldap.NewModifyRequest("cn=you", []ldap.Control{ldap.NewControlString("1.2.3", true, "x")})
			return c.Modify(m)
		}, ldap.LDAPResultUnavailableCriticalExtension},
		{"other control", func(c *ldap.Conn) error {
			return c.Modify(ldap.NewModifyRequest("cn=you", []ldap.Control{ldap.NewControlString("1.2.3", false, "x")}))
		}, ldap.LDAPResultSuccess},
		{"delete", func(c *ldap.Conn) error { return c.Del(ldap.NewDelRequest("cn=you", nil)) }, ldap.LDAPResultUnwillingToPerform},
		{"who am I", func(c *ldap.Conn) error { _, err := c.WhoAmI(nil); return err }, ldap.LDAPResultProtocolError},
		{"SASL", func(c *ldap.Conn) error { return c.ExternalBind() }, ldap.LDAPResultAuthMethodNotSupported},
	}
	addr := start(t, &echo{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.do(dial(t, addr))
			if test.want == ldap.LDAPResultSuccess && err == nil {
				return
			}
			if !ldap.IsErrorWithCode(err, test.want) {
				t.Errorf("got %v, want result %d", err, test.want)
			}
		})
	}
}

// What is no LDAP ends its own connection and no other.
func TestMalformed(t *testing.T) {
	addr := start(t, &echo{})
	seq := func(tag ber.Tag, children ...*ber.Packet) *ber.Packet {
		op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
		for _, c := range children {
			op.AppendChild(c)
		}
		p := ber.NewSequence("")
		p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, ""))
		p.AppendChild(op)
		return p
	}
	text := ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "x", "")
	tests := map[string][]byte{
		"HTTP":             []byte("GET / HTTP/1.1\r\n\r\n"),
		"empty sequence":   {0x30, 0},
		"bind of nothing":  seq(ldap.ApplicationBindRequest).Bytes(),
		"version is text":  seq(ldap.ApplicationBindRequest, text, text, text).Bytes(),
		"search of a base": seq(ldap.ApplicationSearchRequest, text).Bytes(),
		"modify of a name": seq(ldap.ApplicationModifyRequest, text).Bytes(),
		"nameless":         seq(ldap.ApplicationExtendedRequest).Bytes(),
		"unbind":           seq(ldap.ApplicationUnbindRequest).Bytes(),
	}
	for name, sent := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(child.Patience))
			if _, err := c.Write(sent); err != nil {
				t.Fatal(err)
			}
			_ = c.(*net.TCPConn).CloseWrite()
			if b, _ := io.ReadAll(c); len(b) > 0 {
				t.Errorf("answered %x, want the end of the connection", b)
			}
		})
	}
	if err := dial(t, addr).Bind("cn=me", "right"); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

func TestCloseEndsIdleConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := ldapserver.Start(l, &echo{}, slog.New(slog.DiscardHandler))
	c := dial(t, s.Addr())
	if err := c.Bind("cn=me", "right"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil { // it would hang if it waited for the client
		t.Fatal(err)
	}
	if err := c.Bind("cn=me", "right"); err == nil {
		t.Error("a closed server still answers")
	}
}
