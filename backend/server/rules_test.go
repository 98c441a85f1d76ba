package server_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

const builtIn = "message on /ws"

// putRule saves a rule, or fails.
func (h *hub) putRule(t *testing.T, name, rule string) {
	t.Helper()
	var e wire.Error
	if got := ask(t, "PUT", h.url+"/api/v1/rules/"+url.PathEscape(name), "", rule, &e); got >= 300 {
		t.Fatalf("put %s: got %d %+v", name, got, e)
	}
}

func (h *hub) switchRule(t *testing.T, name, on string) {
	t.Helper()
	if got := ask(t, "PATCH", h.url+"/api/v1/rules/"+url.PathEscape(name), "", `{"on":`+on+`}`, nil); got != http.StatusOK {
		t.Fatalf("switch %s: got %d", name, got)
	}
}

// rules returns the rules as "name source", with a + behind those that are on.
func (h *hub) rules(t *testing.T) (all []string) {
	t.Helper()
	var list wire.RuleList
	ask(t, "GET", h.url+"/api/v1/rules", "", "", &list)
	for _, r := range list.Rules {
		name := r.Name + " " + r.Source
		if r.On {
			name += "+"
		}
		all = append(all, name)
	}
	return all
}

func (h *hub) wantsRules(t *testing.T, want ...string) {
	t.Helper()
	if got := h.rules(t); !slices.Equal(got, want) {
		t.Errorf("got rules %q, want %q", got, want)
	}
}

// rule returns one rule.
func (h *hub) rule(t *testing.T, name string) wire.Rule {
	t.Helper()
	var list wire.RuleList
	ask(t, "GET", h.url+"/api/v1/rules", "", "", &list)
	for _, r := range list.Rules {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("there is no rule %s", name)
	return wire.Rule{}
}

func TestWhatAClientSaysIsAnsweredByEachKindOfRule(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, nil)
	h.putRule(t, "answer", `{"namespace":"/x","event":"e","query":"data.n>1","reply":"back","data":"{\"n\":{{data.n}},\"to\":\"{{data.who}}\"}"}`)
	h.putRule(t, "broadcast", `{"namespace":"/x","event":"e","act":"broadcast","reply":"all","data":"{{seq}}"}`)
	h.putRule(t, "ack", `{"namespace":"/x","event":"e","act":"ack","data":"[\"done\",{{data.n}}]"}`)
	h.putRule(t, "slow ack", `{"namespace":"/x","event":"slow","act":"ack","data":"true","delay":"30ms"}`)
	h.putRule(t, "never", `{"namespace":"/x","event":"luck","act":"ack","data":"true","probability":0}`)
	other, native, s := socketIO(t, h.url, ""), subscriber(t, h.url, ""), socketIO(t, h.url, "")
	s.send(`42/x,7["e",{"n":2,"who":"<\"}"}]`)
	s.until(`42/x,["back",{"n":2,"to":"<\"}"}]`)
	s.until(`42/x,["all",1]`)
	s.until(`43/x,7[["done",2]]`)
	other.until(`42/x,["all",1]`)
	native.until(`"event":"all","data":1`)
	s.send(`42/x,8["slow"]`)
	s.until(`43/x,8[true]`)
	s.send(`42/x,9["luck"]`)
	s.until(`43/x,9[{"ok":true,"seq":`)
	s.send(`42/x,10["of no rule"]`)
	s.until(`43/x,10[{"ok":true,"seq":`)
	if got := h.rule(t, "answer"); got.Hits != 1 || got.Errors != 0 {
		t.Errorf("got %+v, want one hit and no error", got)
	}
}

func TestASnapshotIsTheLastOfAStream(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, nil)
	h.putRule(t, "snapshot", `{"namespace":"/x","event":"subscribe","reply":"snapshot","last":2,"last_of":"e"}`)
	s := socketIO(t, h.url, "")
	publish(t, h, "/x", 3)
	for range 3 {
		s.until(`42/x,["e",1]`) // emitted, so it is one of the last
	}
	s.send(`42/x,["subscribe"]`)
	s.until(`42/x,["snapshot",[1,1]]`)
}

func TestTheBuiltInRuleIsSwitchedOffForGood(t *testing.T) {
	testkit.NoLeaks(t)
	dir := t.TempDir()
	start := func() *hub { return startHub(t, func(c *config.Config) { c.DataDir = dir }) }
	h := start()
	h.wantsRules(t, builtIn+" built_in+")
	h.switchRule(t, builtIn, "false")
	h.stop()
	h = start()
	h.wantsRules(t, builtIn+" changed")
	h.putRule(t, "own", `{"namespace":"/a","event":"e","reply":"r","data":"1"}`)
	if got := ask(t, "PATCH", h.url+"/api/v1/rules", "", `{"order":["own"]}`, nil); got != http.StatusOK {
		t.Errorf("order: got %d, want 200: the built-in rule has its place", got)
	}
	h.wantsRules(t, builtIn+" changed", "own saved+")
	remove := h.url + "/api/v1/rules/" + url.PathEscape(builtIn)
	if got := ask(t, "DELETE", remove, "", "", nil); got != http.StatusNoContent {
		t.Errorf("got %d, want 204: it is as it was before", got)
	}
	h.wantsRules(t, builtIn+" built_in+", "own saved+")
	var e wire.Error
	if got := ask(t, "DELETE", remove, "", "", &e); got != http.StatusConflict || e.Code != "rule_built_in" {
		t.Errorf("got %d %+v, want rule_built_in", got, e)
	}
}

func TestRulesOfTheSettingsFileComeFirstAndAreOnlySwitched(t *testing.T) {
	testkit.NoLeaks(t)
	dir := t.TempDir()
	file := msg.Rule{Name: "both", On: true, Namespace: "/x", Event: "e", Act: msg.RuleAcknowledges, Data: `"file"`, Probability: 1}
	h := startHub(t, func(c *config.Config) { c.DataDir = dir })
	h.putRule(t, "both", `{"namespace":"/x","event":"e","act":"ack","data":"\"saved\""}`)
	h.stop()
	h = startHub(t, func(c *config.Config) { c.DataDir, c.Rules = dir, []msg.Rule{file} })
	h.wantsRules(t, "both file+", builtIn+" built_in+")
	s := socketIO(t, h.url, "")
	s.send(`42/x,1["e"]`)
	s.until(`43/x,1["file"]`)
	var e wire.Error
	for _, method := range []string{"PUT", "DELETE"} {
		body := ""
		if method == "PUT" {
			body = `{"namespace":"/x","event":"e","act":"ack","data":"1"}`
		}
		if got := ask(t, method, h.url+"/api/v1/rules/both", "", body, &e); got != http.StatusConflict || e.Code != "rule_in_file" {
			t.Errorf("%s: got %d %+v, want rule_in_file", method, got, e)
		}
	}
	h.switchRule(t, "both", "false")
	s.send(`42/x,2["e"]`)
	s.until(`43/x,2[{"ok":true`)
	h.stop()
	h = startHub(t, func(c *config.Config) { c.DataDir, c.Rules = dir, []msg.Rule{file} })
	h.wantsRules(t, "both file+", builtIn+" built_in+")
	h.stop()
	h = startHub(t, func(c *config.Config) { c.DataDir = dir })
	h.wantsRules(t, builtIn+" built_in+", "both saved+") // nothing was lost
}

func TestSavedRulesSurviveInTheirOrderAndAreErased(t *testing.T) {
	testkit.NoLeaks(t)
	dir := t.TempDir()
	h := startHub(t, func(c *config.Config) { c.DataDir = dir })
	for _, name := range []string{"a", "b", "c"} {
		h.putRule(t, name, `{"namespace":"/a","event":"e","reply":"r","data":"1"}`)
	}
	var e wire.Error
	if got := ask(t, "PATCH", h.url+"/api/v1/rules", "", `{"order":["c","a"]}`, &e); got != http.StatusConflict {
		t.Errorf("got %d %+v, want a conflict: one is missing", got, e)
	}
	ask(t, "PATCH", h.url+"/api/v1/rules", "", `{"order":["c","a","b"]}`, nil)
	h.switchRule(t, "a", "false")
	h.stop()
	h = startHub(t, func(c *config.Config) { c.DataDir = dir })
	h.wantsRules(t, builtIn+" built_in+", "c saved+", "a saved", "b saved+")
	ask(t, "DELETE", h.url+"/api/v1/data?confirm=everything", "", "", nil)
	h.wantsRules(t, builtIn+" built_in+")
	if text, err := os.ReadFile(filepath.Join(dir, "rules.json")); err != nil || strings.Contains(string(text), `"/a"`) {
		t.Errorf("rules.json has %s (%v), want no rule", text, err)
	}
}

func TestAnErrorOfARuleIsShownAndTheHubGoesOn(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, func(c *config.Config) { c.Limits.MaxBody, c.Limits.MaxFrame = 1024, 1024 })
	h.putRule(t, "twice", `{"namespace":"/x","event":"e","reply":"r","data":"[{{data}},{{data}}]"}`)
	s := socketIO(t, h.url, "")
	s.send(`42/x,1["e","` + strings.Repeat("x", 900) + `"]`)
	s.until(`43/x,1[{"ok":true`)
	got := h.rule(t, "twice")
	if got.Hits != 1 || got.Errors != 1 || got.LastError == nil || got.LastError.Code != "too_large" || !strings.Contains(got.LastError.Hint, "limits.max_body") {
		t.Errorf("got %+v with %+v, want one hit and one error that names the limit", got, got.LastError)
	}
	s.send(`42/x,["e","short"]`)
	s.until(`["r",["short","short"]]`)
}

func TestAHubStopsWhileRepliesWait(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, nil)
	h.putRule(t, "slow", `{"namespace":"/x","event":"e","reply":"r","data":"1","delay":"1h"}`)
	s := socketIO(t, h.url, "")
	s.send(`42/x,1["e"]`)
	s.until(`43/x,1[{"ok":true`)
	if got := h.rule(t, "slow").Waiting; got != 1 {
		t.Errorf("%d replies wait, want 1", got)
	}
	begun := time.Now()
	h.stop()
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("stopping took %v; a reply of later is not waited for", took)
	}
}
