package model

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// places are all the places where a reset may be.
type places map[place]bool

func at(p ...place) places {
	s := places{}
	for _, one := range p {
		s[one] = true
	}
	return s
}

// steps are those of all the places, in order, and those to which time leads.
func (s places) steps() []step {
	seen := map[step]bool{}
	for p := range s {
		for _, q := range passes(p) {
			seen[q.step] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// fits tells whether an answer is the one that was to come.
func (o outcome) fits(a act, r reply) bool {
	page := o.page == r.page || a.method == http.MethodHead // of which nothing is sent
	cookie := o.renews == (r.cookie != "") && (!r.dropped || o.then.step == nowhere || o.parts)
	return o.status == r.status && o.to == r.to && page && (cookie || a.cookie != own)
}

// judge gives the places that fit the answer to one request, and those in which it was asked.
func (s places) judge(a act, r reply) (next, from places, err error) {
	next, from = places{}, places{}
	for p := range s {
		for _, o := range a.outcomes(p) {
			if o.fits(a, r) {
				from[p], next[o.then] = true, true
			}
		}
	}
	if len(next) == 0 {
		return nil, nil, fmt.Errorf("%s answered %s, which the model does not know of a reset that is %s", a, r, s)
	}
	return next, from, nil
}

// told is one of several requests that were sent at once, with its answer.
type told struct {
	act
	reply
}

// judgeAtOnce gives the places that fit all the answers in some order.
func (s places) judgeAtOnce(all []told) (places, error) {
	next := places{}
	orders(all, func(order []told) {
		for p := range s {
			follow(p, false, order, next)
		}
	})
	if slices.ContainsFunc(all, func(t told) bool { return t.dropped }) {
		maps.DeleteFunc(next, func(p place, _ bool) bool { return p.step != nowhere })
	}
	if len(next) == 0 {
		var lines []string
		for _, t := range all {
			lines = append(lines, fmt.Sprintf("%s answered %s", t.act, t.reply))
		}
		return nil, fmt.Errorf("in no order fit, of a reset that is %s:\n  %s", s, strings.Join(lines, "\n  "))
	}
	return next, nil
}

// follow walks one order, and adds where it ends to next. Once the cookie that they all came with has been renewed, the
// others are those of a session that is no more.
func follow(p place, renewed bool, order []told, next places) {
	if len(order) == 0 {
		next[p] = true
		return
	}
	t := order[0]
	if renewed {
		for _, stranger := range []step{nowhere, gone} {
			for _, o := range t.outcomes(place{step: stranger}) {
				if o.fits(t.act, t.reply) {
					follow(p, true, order[1:], next)
					return
				}
			}
		}
		return
	}
	for _, o := range t.outcomes(p) {
		if o.fits(t.act, t.reply) {
			follow(o.then, o.renews, order[1:], next)
		}
	}
}

// orders calls f with every order of all.
func orders(all []told, f func([]told)) {
	var permute func(k int)
	permute = func(k int) {
		if k == len(all) {
			f(all)
			return
		}
		for i := k; i < len(all); i++ {
			all[k], all[i] = all[i], all[k]
			permute(k + 1)
			all[k], all[i] = all[i], all[k]
		}
	}
	permute(0)
}

func (s places) String() string {
	var all []string
	for p := range s {
		all = append(all, fmt.Sprintf("%+v", p))
	}
	slices.Sort(all)
	return strings.Join(all, " or ")
}
