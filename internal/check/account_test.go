package check

import (
	"errors"
	"slices"
	"testing"
	"time"

	"ssprd/internal/ldapx"
)

// What is said of the account itself, by what was read of it.
func TestJudgeAccount(t *testing.T) {
	end := time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)
	const domain = "S-1-5-21-1111-2222-3333-"
	for name, c := range map[string]struct {
		kind   string
		a      ldapx.Account
		warned time.Time
		want   []string
	}{
		"nothing told":         {ldapx.OpenLDAP, ldapx.Account{}, time.Time{}, nil},
		"unread":               {ldapx.ActiveDirectory, ldapx.Account{Err: errors.New("x")}, time.Time{}, []string{accountUnread}},
		"no end":               {ldapx.OpenLDAP, ldapx.Account{PasswordTold: true}, time.Time{}, []string{accountPasswordLasts}},
		"an end":               {ldapx.OpenLDAP, ldapx.Account{PasswordTold: true, Ends: end}, time.Time{}, []string{accountPasswordEnds}},
		"notice at the bind":   {ldapx.Generic, ldapx.Account{}, end, []string{accountPasswordEnds}},
		"the root":             {ldapx.OpenLDAP, ldapx.Account{Root: true}, time.Time{}, []string{accountRoot}},
		"a password admin":     {ldapx.DS389, ldapx.Account{PasswordAdmin: true}, time.Time{}, []string{accountPasswordAdmin}},
		"an ordinary one":      {ldapx.ActiveDirectory, ldapx.Account{Groups: []string{"S-1-1-0", domain + "513", domain + "1512"}, Unexpire: ldapx.Yes}, time.Time{}, []string{accountOrdinary, accountUnexpires}},
		"domain administrator": {ldapx.ActiveDirectory, ldapx.Account{Groups: []string{domain + "512"}, AdminCount: true}, time.Time{}, []string{accountAdministrator}},
		"enterprise":           {ldapx.ActiveDirectory, ldapx.Account{Groups: []string{domain + "519"}}, time.Time{}, []string{accountAdministrator}},
		"administrators":       {ldapx.ActiveDirectory, ldapx.Account{Groups: []string{"S-1-5-32-544"}}, time.Time{}, []string{accountAdministrator}},
		"account operators":    {ldapx.ActiveDirectory, ldapx.Account{Groups: []string{"S-1-5-32-548"}}, time.Time{}, []string{accountAdministrator}},
		"print operators":      {ldapx.ActiveDirectory, ldapx.Account{Groups: []string{"S-1-5-32-550"}}, time.Time{}, []string{accountAdministrator}},
		"key admins":           {ldapx.ActiveDirectory, ldapx.Account{Groups: []string{domain + "526"}}, time.Time{}, []string{accountAdministrator}},
		"Administrator itself": {ldapx.ActiveDirectory, ldapx.Account{Groups: []string{domain + "500"}}, time.Time{}, []string{accountAdministrator}},
		"groups not told":      {ldapx.ActiveDirectory, ldapx.Account{}, time.Time{}, []string{accountGroupsUntold}},
		"users of the machine": {ldapx.ActiveDirectory, ldapx.Account{Groups: []string{"S-1-5-32-545", "S-1-5-32-512"}}, time.Time{}, []string{accountOrdinary}},
		"who was one":          {ldapx.ActiveDirectory, ldapx.Account{AdminCount: true}, time.Time{}, []string{accountAdminCount}},
		"no unexpire":          {ldapx.ActiveDirectory, ldapx.Account{Groups: []string{domain + "513"}, Unexpire: ldapx.No}, time.Time{}, []string{accountOrdinary, accountNoUnexpire}},
	} {
		found := judgeAccount(ldapx.Config{Kind: c.kind, BindDN: "cn=ssprd"}, "directories[0]", c.a, c.warned)
		if got := codes(found); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What is said of its rights, and that it may reset is said only where nothing is in the way.
func TestJudgeRights(t *testing.T) {
	right := func(change func(r *ldapx.Rights)) ldapx.Rights {
		r := ldapx.Rights{Below: "ou=usagers", Write: ldapx.Yes, Unlock: ldapx.Yes, Manage: ldapx.No, SafeModify: ldapx.No}
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		kind string
		r    ldapx.Rights
		want []string
	}{
		"as it should be":              {ldapx.OpenLDAP, right(func(*ldapx.Rights) {}), []string{accountMayReset}},
		"no right":                     {ldapx.DS389, right(func(r *ldapx.Rights) { r.Write = ldapx.No }), []string{accountNoReset}},
		"untold":                       {ldapx.Generic, ldapx.Rights{Below: "x"}, []string{accountUntold}},
		"no end of lock-outs":          {ldapx.ActiveDirectory, right(func(r *ldapx.Rights) { r.Unlock = ldapx.No }), []string{accountNoUnlock}},
		"manage":                       {ldapx.OpenLDAP, right(func(r *ldapx.Rights) { r.Manage = ldapx.Yes }), []string{accountManages}},
		"perhaps manage":               {ldapx.OpenLDAP, right(func(r *ldapx.Rights) { r.Manage = ldapx.Untold }), []string{accountUnjudged, accountMayReset}},
		"pwdSafeModify":                {ldapx.OpenLDAP, right(func(r *ldapx.Rights) { r.SafeModify = ldapx.Yes }), []string{accountSafeModify}},
		"pwdSafeModify, and so untold": {ldapx.OpenLDAP, right(func(r *ldapx.Rights) { r.SafeModify, r.Write = ldapx.Yes, ldapx.Untold }), []string{accountSafeModify}},
		"addresses too":                {ldapx.OpenLDAP, right(func(r *ldapx.Rights) { r.More = []string{"mail"} }), []string{accountWritesMore, accountMayReset}},
		"deleting too":                 {ldapx.DS389, right(func(r *ldapx.Rights) { r.Beyond = true }), []string{accountWritesMore, accountMayReset}},
		"nobody":                       {ldapx.OpenLDAP, ldapx.Rights{}, []string{accountNobody}},
		"unread":                       {ldapx.OpenLDAP, ldapx.Rights{Err: errors.New("x")}, []string{accountUnread}},
	} {
		found := judgeRights(ldapx.Config{Kind: c.kind}, population{"populations[0].reset", "usagers", ldapx.Search{Unlock: true}}, c.r)
		if got := codes(found); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
