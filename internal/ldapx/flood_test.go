package ldapx

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// endless is a server that lets everybody in, and answers the reading of its root DSE, or what comes after that, with the same
// message over and over, up to most bytes. It counts those that it could send.
type endless struct {
	answer   func() *ber.Packet
	afterDSE bool
	most     int64
	sent     atomic.Int64
	done     chan struct{}
}

func (f *endless) start(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.done = make(chan struct{})
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		defer close(f.done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		for searches := 0; ; {
			p, err := ber.ReadPacket(c)
			if err != nil {
				return
			}
			id := p.Children[0].Value.(int64)
			if p.Children[1].Tag == ldap.ApplicationBindRequest {
				_, _ = c.Write(message(id, success(ldap.ApplicationBindResponse)))
				continue
			}
			if searches++; searches == 1 && f.afterDSE {
				_, _ = c.Write(message(id, entryOf("supportedControl", ldap.ControlTypePaging)))
				_, _ = c.Write(message(id, success(ldap.ApplicationSearchResultDone)))
				continue
			}
			for one := message(id, f.answer()); f.sent.Load() < f.most; {
				n, err := c.Write(one)
				if f.sent.Add(int64(n)); err != nil {
					return
				}
			}
			return
		}
	}()
	return "ldap://" + l.Addr().String()
}

func message(id int64, operation *ber.Packet) []byte {
	p := ber.NewSequence("")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(operation)
	return p.Bytes()
}

func text(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func operation(tag ber.Tag, children ...*ber.Packet) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	for _, c := range children {
		p.AppendChild(c)
	}
	return p
}

func success(tag ber.Tag) *ber.Packet {
	return operation(tag, ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(0), ""), text(""), text(""))
}

func entryOf(attribute, value string) *ber.Packet {
	values := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
	values.AppendChild(text(value))
	one, all := ber.NewSequence(""), ber.NewSequence("")
	one.AppendChild(text(attribute))
	one.AppendChild(values)
	all.AppendChild(one)
	return operation(ldap.ApplicationSearchResultEntry, text("uid=x,dc=region,dc=example"), all)
}

// A server that never stops answering is not listened to for ever: of one entry no more than two are read, and of whatever else no
// more than any answer is long.
func TestEndlessAnswers(t *testing.T) {
	const megabyte = 1 << 20
	usual := longestAnswer
	longestAnswer = 4 * megabyte
	t.Cleanup(func() { longestAnswer = usual })
	entries := func() *ber.Packet { return entryOf("mail", strings.Repeat("x", megabyte/8)) }
	references := func() *ber.Packet {
		return operation(ldap.ApplicationSearchResultReference, text("ldap://"+strings.Repeat("x", megabyte/8)))
	}
	for name, c := range map[string]struct {
		answer   func() *ber.Packet
		afterDSE bool
	}{
		"entries for the root DSE":    {entries, false},
		"references for the root DSE": {references, false},
		"entries for a page":          {entries, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := &endless{answer: c.answer, afterDSE: c.afterDSE, most: 64 * megabyte} // of which some is on its way when it is left
			password := filepath.Join(t.TempDir(), "password")
			if err := os.WriteFile(password, []byte("Service-de-test-2026"), 0o600); err != nil {
				t.Fatal(err)
			}
			d, err := Open(Config{Name: "region", Kind: OpenLDAP, Servers: []string{s.start(t)}, BindDN: "cn=ssprd", BindPasswordFile: password,
				Timeout: time.Minute}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			err = d.Population(Search{Base: "dc=region,dc=example"}).ask(t.Context(), time.Minute, func(_ *server, a asking) error {
				_, _, err := a.each("dc=region,dc=example", "(uid=*)", []string{"mail"}, 1000, nil)
				return err
			})
			if err == nil {
				t.Error("it was believed")
			}
			<-s.done
			if sent := s.sent.Load(); sent >= s.most {
				t.Errorf("it could send %d MB", sent/megabyte)
			}
		})
	}
}
