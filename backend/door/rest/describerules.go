package rest

import (
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func docGetRules() *operation {
	return about("listRules", "rules", "Reply rules, and what they have done",
		"Those of the settings file first, then what every hub has, then those that people saved, in their order. Each message that a Socket.IO client emits is heard by every rule that fits it; "+
			"of those that acknowledge, by the first.").
		givesJSON("The rules.", ref[wire.RuleList](), wire.RuleList{Rules: []wire.Rule{exampleRule()}})
}

func docPutRule() *operation {
	return about("saveRule", "rules", "Save a rule", "Under a name of 1 to 64 characters, in the place of the one that has it. There may be 200. What waits for the delay of the one before is not sent. "+
		"A rule of the settings file cannot be replaced.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRule().Name).
		takes(jsonType, ref[wire.NewRule](), map[string]example{
			"an answer":  {object{"namespace": "/ws/jobs", "event": "start", "reply": "progress", "data": `{"job":"{{id}}","done":0}`}},
			"a snapshot": {object{"namespace": "/ws/rt_market", "event": "subscribe", "reply": "snapshot", "last": 20, "last_of": "tick"}},
			"a slow acknowledgement, half of the time": {object{
				"namespace": "/ws", "event": "save", "query": "data.size>100", "act": "ack", "data": `{"ok":false}`, "delay": "2s", "probability": 0.5,
			}},
			"to a room": {object{"namespace": "/ws/chat", "event": "say", "act": "broadcast", "reply": "said", "data": `{"text":{{data.text}}}`, "rooms": []string{"lobby"}}},
		}).
		givesJSON("It took the place of another.", ref[wire.Rule](), exampleRule()).
		gives(http.StatusCreated, "It is saved.", jsonType, ref[wire.Rule](), exampleRule()).
		failsWith(http.StatusBadRequest, badRules()...).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "the rule %q is in the settings file, which the hub only reads", "jobs").
			WithCode("rule_in_file").WithHint("change it there and start the hub again, or switch it off until then")).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "there are 200 saved rules, and more are not possible").
			WithHint("remove one that is not used any more")).
		fails(http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docPatchRule() *operation {
	return about("switchRule", "rules", "Switch a rule on or off", "One of the settings file until the hub ends, all others for good.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRule().Name).
		takes(jsonType, ref[wire.RulePatch](), map[string]example{"off": {object{"on": false}}}).
		givesJSON("The rule.", ref[wire.Rule](), exampleRule()).
		failsWith(http.StatusNotFound, noRule(exampleRule().Name)).
		fails(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docPatchRules() *operation {
	return about("orderRules", "rules", "Put the saved rules into another order", "It is the order in which they reply.").
		takes(jsonType, ref[wire.RuleOrder](), map[string]example{"two": {object{"order": []string{exampleRule().Name, "snapshot"}}}}).
		givesJSON("All rules.", ref[wire.RuleList](), wire.RuleList{Rules: []wire.Rule{exampleRule()}}).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "these are not the names of all saved rules, each once").
			WithHint("ask for the list again: somebody may have changed it")).
		fails(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docDeleteRule() *operation {
	return about("removeRule", "rules", "Forget a rule", "What waits for its delay is not sent. A built-in rule that was changed is as it was before.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleRule().Name).
		gives(http.StatusNoContent, "It is forgotten.", "", nil, nil).
		failsWith(http.StatusNotFound, noRule(exampleRule().Name)).
		failsWith(http.StatusConflict,
			fault.Newf(fault.Conflict, "the rule %q is in the settings file, which the hub only reads", "jobs").
				WithCode("rule_in_file").WithHint("change it there and start the hub again, or switch it off until then"),
			fault.Newf(fault.Conflict, "the rule %q is part of every hub", "message on /ws").WithCode("rule_built_in").WithHint("switch it off"))
}

// badRules are what is wrong with a rule, one of each code.
func badRules() []error {
	soon := wire.NewRule{Delay: "soon"}
	_, bad := soon.Rule("x")
	unknown := wire.DecodeStrict([]byte(`{"evnt":"start"}`), &wire.NewRule{})
	return []error{
		bad, unknown, msg.CheckNamespace("ws"), msg.CheckEvent("connect"), msg.CheckRooms([]string{""}),
		fault.Newf(fault.Invalid, "unknown field %q", "evnt").WithCode("invalid_query").WithHint("did you mean event?").WithField("query").WithPlace(0, 4),
	}
}

func exampleRule() wire.Rule {
	return wire.Rule{
		Name: "start on /ws/jobs", NewRule: wire.NewRule{
			On: true, Namespace: "/ws/jobs", Event: "start", Act: "answer", Reply: "progress", Data: `{"job":"{{id}}","done":0}`,
			Rooms: []string{}, Delay: "0s", Probability: 1,
		},
		Source: "saved", Hits: 41, PerSecond: 0.8, Errors: 1,
		LastError: &wire.RuleError{
			Time: "2026-01-02T15:04:05.000000000Z", Code: "queue_full",
			Message: "lane /ws/jobs is full: 5000 messages and 310000 bytes wait of at most 5000 and 67108864",
		},
	}
}
