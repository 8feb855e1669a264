package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ssprd/internal/cputest"
	"ssprd/internal/limit"
	"ssprd/internal/policy"
)

// BenchmarkLiveCheck is the CPU time of an answer to a password that is being typed, the session, the limit and the
// rendering included, with every rule that costs anything: at the median, and for the worst that can be sent.
func BenchmarkLiveCheck(b *testing.B) {
	limits := limit.Defaults()
	limits.ChecksPerReset = limit.Rate{Count: 1 << 30, Per: time.Hour}
	p := camille()
	p.account.Words = []string{"Hélène Castelnau-Bréhier", "helene.castelnau", "helene.castelnau@region.example"}
	w := visitUnder(b, p, policy.Set{Rules: policy.Rules{MinLength: 8, MaxLength: 1024, MinLower: 1, MinUpper: 1, MinDigits: 1, MinSymbols: 1,
		ForbidCommon: true, ForbidIdentity: true, ForbidWords: manyWords(), MinStrength: 3}}, limits)
	w.prove("fr")
	w.check("warm") // reads the lists
	for _, c := range []struct {
		name      string
		passwords []string
	}{
		{"typed", []string{"M", "Mer", "Merle", "Merle-N", "Merle-Noir", "Merle-Noir-de-G", "Merle-Noir-de-Guéret-26", "azerty123", "Tournevis47 Lampe", "kJ8#mQ2$vX9w"}},
		{"worst", []string{
			strings.Repeat("4@8({[<36910!|7$5+x", 53), strings.Repeat("ﷺ", 1024), strings.Repeat("ﷺ", 1365), strings.Repeat("é", 2048), strings.Repeat("x", 10_000), strings.Repeat("ﷺ", 1023) + "1", strings.Repeat("é", 1024), strings.Repeat("1", 1024),
			strings.Repeat("motdepasse", 102), strings.Repeat("20111987", 128), strings.Repeat("aqwzsx", 170), strings.Repeat("abcdefghij", 102),
			strings.Repeat("e\u0301", 512), strings.Repeat("il1|!I", 170), strings.Repeat("helenecastelnau", 68),
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			each := make([][]time.Duration, len(c.passwords))
			for b.Loop() {
				for i, password := range c.passwords {
					before := cputest.Used(b)
					if status, _ := w.check(password); status != http.StatusOK {
						b.Fatal(status)
					}
					each[i] = append(each[i], cputest.Used(b)-before)
				}
			}
			var medians []float64
			for _, of := range each {
				slices.Sort(of)
				medians = append(medians, of[len(of)/2].Seconds()*1000)
			}
			slices.Sort(medians)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(medians[len(medians)/2], "median-cpu-ms")
			b.ReportMetric(medians[len(medians)-1], "dearest-cpu-ms")
		})
	}
}

// manyWords are more than most portals forbid.
func manyWords() (words []string) {
	for i := range 50 {
		words = append(words, fmt.Sprintf("mot-interdit-%d", i))
	}
	return words
}
