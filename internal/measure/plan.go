// Package measure judges the article's claims on this computer, and sets the
// scheduler that the labs make beside Go's own: it plans, builds, runs rounds,
// and returns data. It prints nothing.
package measure

import (
	"slices"
	"strings"

	"gmplab/internal/book"
	"gmplab/internal/claims"
	"gmplab/internal/lang"
)

// Plan is what to measure of one lab.
type Plan struct {
	Lab    book.Lab
	Claims []claims.Claim
	Whole  bool // all of the lab's benchmarks, not only those that the rows need
}

// Plans turns arguments into what to measure: labs, claims or, without any,
// every lab that has a harness and rows.
func Plans(b book.Book, args []string) ([]Plan, error) {
	labs, err := b.Labs()
	if err != nil {
		return nil, err
	}
	var plans []Plan
	at := func(l book.Lab) *Plan {
		i := slices.IndexFunc(plans, func(p Plan) bool { return p.Lab == l })
		if i < 0 {
			i = len(plans)
			plans = append(plans, Plan{Lab: l})
		}
		return &plans[i]
	}
	for _, l := range labs {
		if len(args) == 0 && l.HasHarness() && len(claims.Lab(l.Name)) > 0 {
			at(l).Whole = true
		}
	}
	for _, arg := range args {
		if rows := claims.Find(arg); len(rows) > 0 {
			i := slices.IndexFunc(labs, func(l book.Lab) bool { return l.Name == rows[0].Lab })
			if i < 0 {
				return nil, lang.Errorf("claim %s belongs to labs/%s, which is not here", "주장 %s: 실습 labs/%s 디렉터리가 없습니다", arg, rows[0].Lab)
			}
			p := at(labs[i])
			p.Claims = append(p.Claims, rows...)
			continue
		}
		l, err := b.Lab(arg, "measure")
		if err != nil {
			return nil, lang.Usagef("no lab or claim %q, there are labs %s and claims %s, for example: go tool lab measure 03",
				"%q라는 실습이나 주장은 없습니다. 실습: %s, 주장: %s. 예: go tool lab measure 03", arg, book.Numbers(labs), claimsOf(labs))
		}
		if len(claims.Lab(l.Name)) == 0 {
			return nil, lang.Errorf("%s has no claims to measure yet", "%s: 아직 측정할 주장이 없습니다", l.Name)
		}
		at(l).Whole = true
	}
	if len(plans) == 0 {
		return nil, lang.Errorf("no lab has a harness (bench_test.go) and claims yet", "측정 코드(bench_test.go)와 주장이 있는 실습이 아직 없습니다")
	}
	for i, p := range plans {
		// In the ledger's order and each once, however they were named.
		plans[i].Claims = slices.DeleteFunc(claims.Lab(p.Lab.Name), func(c claims.Claim) bool {
			return !p.Whole && !slices.ContainsFunc(p.Claims, func(d claims.Claim) bool { return c.ID == d.ID })
		})
		if !p.Lab.HasHarness() && slices.ContainsFunc(plans[i].Claims, func(c claims.Claim) bool { return c.Sources == nil }) {
			return nil, lang.Errorf("%s has no harness (bench_test.go) yet", "%s: 아직 측정 코드(bench_test.go)가 없습니다", p.Lab.Name)
		}
	}
	return plans, nil
}

// claimsOf lists the claims of labs by their IDs.
func claimsOf(labs []book.Lab) string {
	var ids []string
	for _, c := range claims.All() {
		if slices.ContainsFunc(labs, func(l book.Lab) bool { return l.Name == c.Lab }) {
			ids = append(ids, c.ID)
		}
	}
	return strings.Join(ids, ", ")
}

// pattern is the -test.bench pattern for what a plan needs; "" for nothing.
func (p Plan) pattern() string {
	if p.Whole {
		return "."
	}
	return patternOf(claims.Needs(p.Claims))
}
