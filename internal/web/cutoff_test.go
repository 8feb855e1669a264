package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// cutOff is the context of a request whose browser gives up: after so many looks at it.
type cutOff struct {
	context.Context
	left atomic.Int64
}

func (c *cutOff) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// R28: at whatever moment a browser gives up, a right code is either not used, or has led its person on.
func TestBrowserGivesUpAtTheCode(t *testing.T) {
	cuts := 0
	for looks := range int64(60) {
		w := visit(t, camille())
		w.open("/fr/p/usagers")
		w.post("/fr/p/usagers", "address", address)
		form := url.Values{"code": {<-w.mail}, "form": {formValue.FindStringSubmatch(w.page)[1]}}
		ctx := &cutOff{Context: t.Context()}
		ctx.left.Store(looks)
		request := httptest.NewRequestWithContext(ctx, http.MethodPost, publicURL+"/fr/code", strings.NewReader(form.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Cookie", w.cookie)
		answer := httptest.NewRecorder()
		if w.portal.ServeHTTP(answer, request); answer.Code == http.StatusSeeOther {
			continue
		}
		cuts++
		if w.send(http.MethodPost, "/fr/code", form); w.at != "/fr/password" {
			t.Errorf("cut after %d looks: %d, and then at %s", looks, answer.Code, w.at)
		}
	}
	if cuts == 0 {
		t.Error("no request was cut")
	}
}
