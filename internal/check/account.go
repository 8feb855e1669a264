package check

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"ssprd/internal/config"
	"ssprd/internal/ldapx"
)

// Codes of the service account. Those of a refused bind are the log's.
const (
	accountRefused         = "SERVICE_ACCOUNT"
	accountPassword        = "SERVICE_ACCOUNT_PASSWORD"
	accountUnknown         = "SERVICE_ACCOUNT_UNKNOWN"
	accountHours           = "SERVICE_ACCOUNT_HOURS"
	accountWorkstation     = "SERVICE_ACCOUNT_WORKSTATION"
	accountPasswordExpired = "SERVICE_ACCOUNT_PASSWORD_EXPIRED"
	accountMustChange      = "SERVICE_ACCOUNT_MUST_CHANGE"
	accountDisabled        = "SERVICE_ACCOUNT_DISABLED"
	accountExpired         = "SERVICE_ACCOUNT_EXPIRED"
	accountLocked          = "SERVICE_ACCOUNT_LOCKED"

	accountUnread        = "SERVICE_ACCOUNT_UNREAD"
	accountPasswordLasts = "SERVICE_ACCOUNT_PASSWORD_LASTS"
	accountPasswordEnds  = "SERVICE_ACCOUNT_PASSWORD_ENDS"
	accountOrdinary      = "SERVICE_ACCOUNT_ORDINARY"
	accountGroupsUntold  = "SERVICE_ACCOUNT_GROUPS_UNTOLD"
	accountAdministrator = "SERVICE_ACCOUNT_ADMINISTRATOR"
	accountAdminCount    = "SERVICE_ACCOUNT_ADMIN_COUNT"
	accountRoot          = "SERVICE_ACCOUNT_ROOT"
	accountPasswordAdmin = "SERVICE_ACCOUNT_PASSWORD_ADMIN"
	accountUnexpires     = "SERVICE_ACCOUNT_UNEXPIRES"
	accountNoUnexpire    = "SERVICE_ACCOUNT_NO_UNEXPIRE"

	accountMayReset   = "SERVICE_ACCOUNT_MAY_RESET"
	accountNoReset    = "SERVICE_ACCOUNT_NO_RESET"
	accountNoUnlock   = "SERVICE_ACCOUNT_NO_UNLOCK"
	accountManages    = "SERVICE_ACCOUNT_MANAGES"
	accountUnjudged   = "SERVICE_ACCOUNT_UNJUDGED"
	accountSafeModify = "SERVICE_ACCOUNT_SAFE_MODIFY"
	accountWritesMore = "SERVICE_ACCOUNT_WRITES_MORE"
	accountUntold     = "SERVICE_ACCOUNT_RIGHTS_UNTOLD"
	accountNobody     = "SERVICE_ACCOUNT_NOBODY_TO_TRY"
)

var accountCodes = []Meaning{
	{accountRefused, Error, "The server refuses the service account's bind.", "Read what the server says; bind_dn and bind_password_file are what was tried."},
	{accountPassword, Error, "The server does not know the service account, or not with this password.", "Correct bind_dn, or write the account's password into bind_password_file; ssprd reads it anew at each bind."},
	{accountUnknown, Error, "The server does not know the service account.", "Correct bind_dn."},
	{accountHours, Error, "The service account may not sign in at this hour.", "Take the bound on its hours away (logonHours)."},
	{accountWorkstation, Error, "The service account may not sign in from here.", "Take the bound on its workstations away (userWorkstations)."},
	{accountPasswordExpired, Error, "The password of the service account has expired.", "Give it a new one, which does not expire, and write that into bind_password_file."},
	{accountMustChange, Error, "The service account must change its password before it may do anything.", "Give it a password without that demand, and write it into bind_password_file."},
	{accountDisabled, Error, "The service account is disabled.", "Enable it."},
	{accountExpired, Error, "The time of the service account is over.", "Take its end away (accountExpires)."},
	{accountLocked, Error, "The service account is locked out.", "Unlock it, find out who tries passwords of it, and give it a policy without lock-out."},

	{accountUnread, Error, "What the service account may do could not be read.", "Let it read its own entry and those of the people."},
	{accountPasswordLasts, OK, "The password of the service account does not expire.", ""},
	{accountPasswordEnds, Warning, "The password of the service account expires: from then on no reset works.", "Give the account a password that does not expire (on Active Directory a flag, elsewhere a policy of its own), or renew it before that day."},
	{accountOrdinary, OK, "The service account is no administrator.", ""},
	{accountGroupsUntold, Warning, "The directory does not tell of which groups the service account is a member.", "Let it read tokenGroups of its own entry, and look yourself that none of its groups is of administrators."},
	{accountAdministrator, Error, "The service account is a member of a group of administrators.", "Take it out of the group, and delegate to it what docs/directories.md lists, and no more."},
	{accountAdminCount, Warning, "The service account is marked as an administrator (adminCount), or was one.", "Take it out of the administrators' groups, set adminCount to 0 and let it inherit rights again."},
	{accountRoot, Error, "The service account is the one for whom no access rules and no password policy hold.", "Make an ordinary account, with the rights that docs/directories.md lists."},
	{accountPasswordAdmin, Error, "The service account is a passwordAdminDN, for whom no password policy holds.", "Take it out of passwordAdminDN: the right to write userPassword is enough."},
	{accountUnexpires, OK, "A new password does not have to be changed at the next sign-in: the account has the right Unexpire Password.", ""},
	{accountNoUnexpire, Warning, "The account does not have the right Unexpire Password on the domain: each new password has to be changed at the next sign-in.",
		"Grant it on the head of the domain, or accept it: the page of the outcome tells people so."},

	{accountMayReset, OK, "The service account may write passwords of this population, and the policy holds for what it writes as far as that can be told.", ""},
	{accountNoReset, Error, "The service account may not write passwords of this population.", "Grant it what docs/directories.md lists for this kind of directory, on the base of the population."},
	{accountNoUnlock, Error, "unlock is true, and the service account may not write lockoutTime: resets of people who are locked out are refused.",
		"Grant the writing of lockoutTime, or say unlock: false."},
	{accountManages, Error, "No password policy holds for what the service account writes: it has the right manage on userPassword, or is the rootdn.",
		"Let it have write on userPassword, and not manage; never be the rootdn."},
	{accountUnjudged, Warning, "Nothing has judged what the service account would write: no password policy is in force, the person has no password, or the account has the right manage on userPassword or is the rootdn.",
		"Name the policy in force in password_policy, let the account read it, and check again."},
	{accountSafeModify, Error, "The policy in force has pwdSafeModify: every reset is refused.", "Take pwdSafeModify away from the policy of these people."},
	{accountWritesMore, Warning, "The service account may write more than passwords: who has hold of it could have codes sent elsewhere.", "Take those rights away: the writing of the password is enough."},
	{accountUntold, Warning, "The directory does not tell whether the service account may write passwords of this population.", "Reset the password of a test person."},
	{accountNobody, Warning, "Nobody was found in this population on whom the rights of the service account could be tried.", "Look at what is said of the population, and check again."},
}

// refusals are the codes of refused binds, by the words of ldapx.
var refusals = map[string]string{
	"PASSWORD": accountPassword, "UNKNOWN": accountUnknown, "HOURS": accountHours, "WORKSTATION": accountWorkstation,
	"PASSWORD_EXPIRED": accountPasswordExpired, "MUST_CHANGE": accountMustChange, "DISABLED": accountDisabled,
	"EXPIRED": accountExpired, "LOCKED": accountLocked,
}

// accountAreas are what is tried of the service account of a directory, on the first server that lets it in: it itself, and what it
// may do to the people of each population.
func accountAreas(c *config.Config, d ldapx.Config, key string, prober *ldapx.Prober, servers []*server) []area {
	all := []area{{key + ".bind_dn", func(ctx context.Context) []Finding {
		s := letsIn(ctx, servers)
		if s == nil {
			return nil
		}
		return judgeAccount(d, key, prober.Account(ctx, s.address), s.facts.Ends)
	}}}
	for i, p := range c.Populations {
		if p.Reset == nil || p.Reset.Directory != d.Name {
			continue
		}
		p := population{fmt.Sprintf("populations[%d].reset", i), p.Name, p.Reset.Search}
		all = append(all, area{p.key, func(ctx context.Context) []Finding {
			s := letsIn(ctx, servers)
			if s == nil {
				return nil
			}
			return judgeRights(d, p, prober.Rights(ctx, s.address, p.search))
		}})
	}
	return all
}

// letsIn is the first server to which changes may be written and that lets the account in; nil where none does, which was told of
// where they were asked.
func letsIn(ctx context.Context, servers []*server) *server {
	for _, s := range servers {
		if !s.replica && s.answers(ctx) {
			return s
		}
	}
	return nil
}

// population is one on which the account's rights are tried.
type population struct {
	key, name string
	search    ldapx.Search
}

// judgeAccount is what there is to say of the account itself. warned is until when its password is good, if the server gave notice
// of it at the bind.
func judgeAccount(d ldapx.Config, key string, a ldapx.Account, warned time.Time) (found []Finding) {
	say := func(code, tried, seen string) {
		found = append(found, Finding{Code: code, Key: key + ".bind_dn", Tried: tried, Seen: seen})
	}
	if a.Err != nil {
		say(accountUnread, "reading "+d.BindDN, a.Err.Error())
		return found
	}
	ends := a.Ends
	if ends.IsZero() {
		ends = warned
	}
	switch {
	case !ends.IsZero():
		say(accountPasswordEnds, "the end of the password of "+d.BindDN, ends.UTC().Format(time.DateOnly))
	case a.PasswordTold:
		say(accountPasswordLasts, "the end of the password of "+d.BindDN, "none")
	}
	switch groups := administrators(a.Groups); {
	case a.Root:
		say(accountRoot, "who "+d.BindDN+" is", "the administrator of the server itself")
	case a.PasswordAdmin:
		say(accountPasswordAdmin, "who "+d.BindDN+" is", "passwordAdminDN, or a member of it")
	case len(groups) > 0:
		say(accountAdministrator, "the groups of "+d.BindDN, strings.Join(groups, ", "))
	case a.AdminCount:
		say(accountAdminCount, "adminCount of "+d.BindDN, "1")
	case d.Kind == ldapx.ActiveDirectory && len(a.Groups) == 0:
		say(accountGroupsUntold, "the groups of "+d.BindDN, "no tokenGroups, of the root DSE or of its entry")
	case d.Kind == ldapx.ActiveDirectory:
		say(accountOrdinary, "the groups of "+d.BindDN, "none of administrators")
	}
	switch a.Unexpire {
	case ldapx.Yes:
		say(accountUnexpires, "the right Unexpire Password on the domain", "granted")
	case ldapx.No:
		say(accountNoUnexpire, "the right Unexpire Password on the domain", "not granted")
	}
	return found
}

// Groups of administrators, and others by which one becomes an administrator, by the ends of their SIDs (MS-DTYP section 2.4.2.4).
// 500 is an account.
var (
	administratorsOfDomain = map[string]string{"500": "Administrator", "512": "Domain Admins", "516": "Domain Controllers", "517": "Cert Publishers",
		"518": "Schema Admins", "519": "Enterprise Admins", "520": "Group Policy Creator Owners", "526": "Key Admins", "527": "Enterprise Key Admins"}
	administratorsOfMachine = map[string]string{"544": "Administrators", "548": "Account Operators", "549": "Server Operators", "550": "Print Operators",
		"551": "Backup Operators", "552": "Replicator"}
)

// administrators are the names of those among the groups that are of administrators.
func administrators(sids []string) (names []string) {
	for _, sid := range sids {
		last := sid[strings.LastIndex(sid, "-")+1:]
		name := ""
		switch {
		case strings.HasPrefix(sid, "S-1-5-21-"):
			name = administratorsOfDomain[last]
		case strings.HasPrefix(sid, "S-1-5-32-"):
			name = administratorsOfMachine[last]
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// judgeRights is what there is to say of the account's rights on the people of one population.
func judgeRights(d ldapx.Config, p population, r ldapx.Rights) (found []Finding) {
	tried := fmt.Sprintf("the rights of bind_dn on a person of %s, below %s", p.name, cmp.Or(r.Below, p.search.Base))
	say := func(code, seen string) {
		found = append(found, Finding{Code: code, Key: p.key, Tried: tried, Seen: seen})
	}
	if r.Err != nil {
		say(accountUnread, r.Err.Error())
		return found
	}
	if r.Below == "" {
		say(accountNobody, fmt.Sprintf("nobody who may be reset, among the first that %s finds", p.search.Filter))
		return found
	}
	switch {
	case r.Write == ldapx.No:
		say(accountNoReset, noReset[d.Kind])
	case r.Write == ldapx.Untold && r.SafeModify != ldapx.Yes: // which refuses what would tell it, and is told of below
		say(accountUntold, "no answer that tells it")
	}
	if p.search.Unlock && r.Unlock == ldapx.No {
		say(accountNoUnlock, "lockoutTime is not among allowedAttributesEffective")
	}
	switch {
	case r.Manage == ldapx.Yes:
		say(accountManages, "a new password was not judged")
	case r.Manage == ldapx.Untold && d.Kind == ldapx.OpenLDAP && r.Write == ldapx.Yes:
		say(accountUnjudged, "a new password was not judged; it is not known whether a policy is in force and the person has a password")
	}
	if r.SafeModify == ldapx.Yes {
		say(accountSafeModify, "pwdSafeModify: TRUE")
	}
	more := r.More
	if r.Beyond {
		more = append(more, "the entry itself (to delete or rename it)")
	}
	if len(more) > 0 {
		say(accountWritesMore, strings.Join(more, ", "))
	}
	if r.Write == ldapx.Yes && !anyError(found) {
		say(accountMayReset, "the right to write the password")
	}
	return found
}

// noReset is what was seen where the right is missing, by kind.
var noReset = map[string]string{
	ldapx.OpenLDAP: "userPassword: insufficient access", ldapx.DS389: "userPassword without w among the effective rights",
	ldapx.ActiveDirectory: "no Reset Password in the access list of the entry",
}

func anyError(found []Finding) bool {
	for _, f := range found {
		if f.Level() == Error {
			return true
		}
	}
	return false
}
