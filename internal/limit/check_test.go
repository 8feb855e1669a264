package limit_test

import (
	"testing"
	"time"

	"ssprd/internal/limit"
	"ssprd/internal/want/wanttest"
)

// R60: no limit can be switched off.
func TestConfigCheck(t *testing.T) {
	wanttest.Expect(t, limit.Defaults().Check)
	wanttest.Expect(t, limit.Config{}.Check, "mails_per_account: ", "mails_per_account_daily: ", "failures_per_account: ",
		"failures_per_network: ", "failures_per_population: ", "starts_per_address: ", "starts_per_network: ", "starts_per_population: ", "starts_in_all: ",
		"checks_per_reset: ")

	wanttest.Expect(t, limit.Defaults().TooLoose)
	loose := limit.Defaults()
	loose.FailuresPerAccount = limit.Rate{Count: 6, Per: 30 * time.Minute} // R13
	wanttest.Expect(t, loose.TooLoose, "failures_per_account: ")

	c := limit.Defaults()
	c.StartsPerAddress = limit.Rate{Count: 0, Per: time.Hour}
	c.FailuresPerAccount = limit.Rate{Count: 5, Per: -time.Hour}
	wanttest.Expect(t, c.Check, "failures_per_account: ", "starts_per_address: ")
}
