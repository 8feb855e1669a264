package web

import (
	"crypto/rand"
	"slices"

	"ssprd/internal/desk"
)

// requestsPage lists what waits for this agent to agree, and what the agent has asked for.
func (d *helpdesk) requestsPage(rq *request, who desk.Signed) (answer, error) {
	f, err := d.around(rq, who)
	if err != nil {
		return answer{}, err
	}
	if f.Asked == "" {
		return answer{}, desk.ErrNoRight
	}
	forMe, mine, err := d.Desk.Requests(rq, who.Agent)
	if err != nil {
		return answer{}, err
	}
	page := DeskRequestsPage{DeskFrame: f, Action: f.Asked, Old: d.told(rq, deskOld) != "", Checks: d.checks(), Done: d.told(rq, deskAnswered),
		Agrees: len(d.Desk.Config.Populations(who.Agent, desk.Approve)) > 0}
	page.Error = page.Old
	for _, q := range forMe {
		page.ForMe = append(page.ForMe, d.request(rq, q))
	}
	for _, q := range slices.Backward(mine) { // the newest first
		page.Mine = append(page.Mine, d.request(rq, q))
	}
	return show(page), nil
}

func (d *helpdesk) request(rq *request, q desk.Request) DeskRequest {
	card := d.cardURL(rq.lang, q.Population, q.Person)
	return DeskRequest{
		ID: q.ID, Act: q.Act, PopulationName: q.Population, Population: d.label(rq, q.Population), Name: q.Name, Card: card, CarryOut: card + "/" + string(q.Act),
		Reason: q.Reason, Asker: q.AskerName, By: q.ByName, Asked: q.Asked.Local(), Until: q.Until().Local(), State: q.State, Once: rand.Text(),
	}
}

// answerRequest agrees to one, or does not.
func (d *helpdesk) answerRequest(rq *request, who desk.Signed) (answer, error) {
	agrees := rq.form.Get("answer") == "agree"
	refusal, err := d.Desk.Answer(rq, rq.client, who.Agent, rq.form.Get("population"), rq.form.Get("id"), agrees)
	switch {
	case err != nil:
		return answer{}, err
	case refusal == desk.NoRight:
		return answer{}, desk.ErrNoRight
	case refusal != desk.Allowed:
		d.sessions.Put(rq, deskOld, string(desk.NotAgreed))
	case agrees:
		d.sessions.Put(rq, deskAnswered, string(desk.Accepted))
	default:
		d.sessions.Put(rq, deskAnswered, string(desk.Rejected))
	}
	return goTo(d.home(rq.lang) + "requests"), nil
}
