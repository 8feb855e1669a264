package flow

import (
	"context"
	"errors"
	"time"

	"ssprd/internal/limit"
)

// mailbox is what is remembered of the codes mailed to one address, over all resets, populations, and accounts that have
// it on file (R17).
type mailbox struct {
	Mails limit.Window `json:"m"` // of mails_per_account
	Daily limit.Window `json:"d"` // of mails_per_account_daily
}

// errHeld leaves an Update without a change.
var errHeld = errors.New("held by a limit")

// spendMail spends the limits of mails to one mailbox. It returns the name of the one that is spent already, or "".
func (s *Service) spendMail(ctx context.Context, to string) (spent string, err error) {
	_, err = s.mailboxes.Update(ctx, foldASCII(to), func(m mailbox, _ bool) (mailbox, time.Time, error) {
		now := time.Now()
		var wait, daily time.Duration
		m.Mails, wait = m.Mails.Spend(now, s.rates.MailsPerAccount)
		m.Daily, daily = m.Daily.Spend(now, s.rates.MailsPerAccountDaily)
		switch {
		case wait > 0:
			spent = "mails_per_account"
		case daily > 0:
			spent = "mails_per_account_daily"
		default:
			spent = ""
			until := m.Mails.Expires(s.rates.MailsPerAccount)
			if end := m.Daily.Expires(s.rates.MailsPerAccountDaily); end.After(until) {
				until = end
			}
			return m, until, nil
		}
		return m, time.Time{}, errHeld
	})
	if errors.Is(err, errHeld) {
		err = nil
	}
	return spent, err
}
