package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// openAPI is the document at /api/v1/openapi.json, version 3.1 of the format.
type openAPI struct {
	OpenAPI    string                           `json:"openapi"`
	Info       info                             `json:"info"`
	Servers    []server                         `json:"servers"`
	Tags       []tag                            `json:"tags"`
	Paths      map[string]map[string]*operation `json:"paths"`
	Components components                       `json:"components"`
	Sockets    []protocol                       `json:"x-sockets"` // what OpenAPI has no words for
}

type info struct {
	Title       string  `json:"title"`
	Version     string  `json:"version"`
	Description string  `json:"description"`
	License     license `json:"license"`
}

type license struct {
	Name       string `json:"name"`
	Identifier string `json:"identifier"`
}

type server struct {
	URL         string `json:"url"`
	Description string `json:"description"`
}

type tag struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

type components struct {
	Schemas         schemas                   `json:"schemas"`
	SecuritySchemes map[string]securityScheme `json:"securitySchemes"`
}

type securityScheme struct {
	Type        string `json:"type"`
	Scheme      string `json:"scheme,omitempty"`
	In          string `json:"in,omitempty"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description"`
}

// operation is one method of one path.
type operation struct {
	ID          string                `json:"operationId"`
	Tags        []string              `json:"tags"`
	Summary     string                `json:"summary"`
	Description string                `json:"description,omitempty"`
	Parameters  []parameter           `json:"parameters,omitempty"`
	RequestBody *requestBody          `json:"requestBody,omitempty"`
	Responses   map[string]response   `json:"responses"`
	Security    []map[string][]string `json:"security"` // empty: nobody is asked who they are
}

type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description"`
	Required    bool    `json:"required,omitempty"`
	Schema      *schema `json:"schema"`
	Example     any     `json:"example,omitempty"`
}

type requestBody struct {
	Required bool             `json:"required"`
	Content  map[string]media `json:"content"`
}

type response struct {
	Description string           `json:"description"`
	Content     map[string]media `json:"content,omitempty"`
}

type media struct {
	Schema   *schema            `json:"schema,omitempty"`
	Examples map[string]example `json:"examples,omitempty"`
}

type example struct {
	Value any `json:"value"`
}

// cookieExample is the name of a browser's cookie, at the usual port.
const cookieExample = "emitscope_8092"

const intro = `Programs hand messages in; Emitscope emits them to Socket.IO and WebSocket clients at the interval that was asked for, and shows how steady that was.

Every error is an object with a stable ` + "`code`" + `, a sentence for a person and, mostly, a hint. Unknown fields and parameters are refused by name.
Durations are text such as "12.5ms"; times are RFC 3339 with nanoseconds, in UTC. A namespace in a path is percent-encoded.

Programs on the same machine need no key. Those of other machines send ` + "`Authorization: Bearer KEY`" + `; a key carries the scopes view, publish or admin, and never stands in an address. Browsers of other machines come in by the view link, which carries a key behind the ` + "`#`" + ` of the address, where no server sees it: the page swaps it for a cookie (` + "`POST /api/v1/session`" + `), which lets view and do nothing else. ` + "`GET /api/v1/session`" + ` tells what a caller may do.

What one caller may ask for is bounded. The hint of a refusal names the setting that bounds it, such as ` + "`limits.max_body`" + `; ` + "`GET /api/v1/limits`" + ` lists all of them, and how often each was reached. After a 429 or 503, wait as many seconds as ` + "`Retry-After`" + ` says; the code ` + "`rate_limited`" + ` says that a machine hands in more than it may for long, ` + "`out_of_memory`" + ` that the hub takes nothing until it has room.

Socket.IO and WebSocket have sections of their own at the end, under ` + "`x-sockets`" + ` in the document.`

// document describes the routes.
func document(version string, routes []route) ([]byte, error) {
	s := schemas{}
	add[wire.Publish](s, true)
	s["Publish"].Required = nil // "on" may stand for "event"
	add[wire.LanePatch](s, true)
	add[wire.NewFaults](s, true)
	add[wire.Accepted](s, false)
	add[wire.Error](s, false)
	add[wire.MessagePage](s, false)
	add[wire.WaitEnd](s, false)
	add[wire.NewBoard](s, true)
	add[wire.BoardList](s, false)
	add[wire.NewAlert](s, true)
	add[wire.AlertList](s, false)
	add[wire.AlertHistory](s, false)
	add[wire.WebhookTest](s, false)
	add[wire.SavedQueryList](s, false)
	add[wire.NewSavedQuery](s, true)
	add[wire.SimulatorList](s, false)
	add[wire.SimulatorSetup](s, true)
	add[wire.SimulatorPatch](s, true)
	add[wire.Stats](s, false)
	add[wire.PointList](s, false)
	add[wire.StreamPointList](s, false)
	add[wire.Series](s, false)
	add[wire.ClientList](s, false)
	add[wire.ClientPatch](s, true)
	add[wire.DirectMessage](s, true)
	add[wire.SavedDraftList](s, false)
	add[wire.NewDraft](s, true)
	add[wire.Template](s, true)
	add[wire.FilledTemplate](s, false)
	add[wire.Acked](s, false)
	add[wire.ClientHistory](s, false)
	add[wire.DepartureList](s, false)
	add[wire.LaneList](s, false)
	add[wire.FaultList](s, false)
	add[wire.NewRule](s, true)
	add[wire.RulePatch](s, true)
	add[wire.RuleOrder](s, true)
	add[wire.RuleList](s, false)
	add[wire.SharingPatch](s, true)
	add[wire.Sharing](s, false)
	add[wire.ViewLink](s, false)
	add[wire.NewKey](s, true)
	add[wire.MadeKey](s, false)
	add[wire.KeyList](s, false)
	add[wire.NewSession](s, true)
	add[wire.Session](s, false)
	add[wire.AuditPage](s, false)
	add[wire.LimitList](s, false)
	add[wire.NewExperiment](s, true)
	add[wire.Experiment](s, false)
	add[wire.ExperimentRecords](s, false)
	add[wire.NewRecording](s, true)
	add[wire.RecordingPatch](s, true)
	add[wire.KeepFlight](s, true)
	add[wire.RecordingList](s, false)
	add[wire.NewReplay](s, true)
	add[wire.Replay](s, false)
	add[wire.ReplayPatch](s, true)
	add[wire.RecordedPage](s, false)
	add[wire.Timeline](s, false)
	add[wire.NewBookmark](s, true)
	add[wire.BookmarkList](s, false)
	add[wire.SpanComparison](s, false)
	add[wire.About](s, false)
	add[wire.Cleared](s, false)
	add[wire.Erased](s, false)
	doc := openAPI{
		OpenAPI: "3.1.0",
		Info: info{
			Title: "Emitscope", Version: version, Description: intro,
			License: license{Name: "MIT", Identifier: "MIT"},
		},
		Servers: []server{{URL: "/", Description: "this hub"}},
		Tags: []tag{
			{"messages", "Hand messages in, and see what became of them."},
			{"lanes", "How each namespace's messages wait and leave."},
			{"rules", "What the hub replies to what clients say."},
			{"recordings", "Messages kept on disk, exported, and played again."},
			{"faults", "Faults on purpose: what is done to messages and clients, and until when."},
			{"clients", "Who listens."},
			{"numbers", "Counters and timing."},
			{"alerts", "Conditions that are watched, and what is told when one holds."},
			{"simulators", "Messages that the hub makes up."},
			{"access", "Who may do what, and how others reach the hub."},
			{"hub", "The hub itself."},
		},
		Paths:   map[string]map[string]*operation{},
		Sockets: []protocol{socketIO(s), webSocket(s)},
		Components: components{
			Schemas: s,
			SecuritySchemes: map[string]securityScheme{
				"key":    {Type: "http", Scheme: "bearer", Description: "A key from the share dialog. It carries the scopes view, publish or admin."},
				"cookie": {Type: "apiKey", In: "cookie", Name: cookieExample, Description: "What a browser swapped a key for. It lets view. The number in its name is the port."},
			},
		},
	}
	for _, rt := range routes {
		if rt.doc == nil {
			continue
		}
		rt.doc.Security = []map[string][]string{}
		if rt.scopes != 0 {
			rt.doc.Security = append(rt.doc.Security, map[string][]string{"key": strings.Fields(rt.scopes.String())})
			if rt.scopes == msg.MayView {
				rt.doc.Security = append(rt.doc.Security, map[string][]string{"cookie": {}})
			}
			rt.doc.fails(http.StatusUnauthorized, http.StatusForbidden)
		}
		if doc.Paths[rt.path] == nil {
			doc.Paths[rt.path] = map[string]*operation{}
		}
		doc.Paths[rt.path][strings.ToLower(rt.method)] = rt.doc
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(doc)
	return buf.Bytes(), err
}

// about begins the description of an operation.
func about(id, tag, summary, description string) *operation {
	return &operation{ID: id, Tags: []string{tag}, Summary: summary, Description: description, Responses: map[string]response{}}
}

func (o *operation) param(in, name, description string, s *schema, example any) *operation {
	o.Parameters = append(o.Parameters, parameter{
		Name: name, In: in, Description: description, Required: in == "path", Schema: s, Example: example,
	})
	return o
}

// required is a param that must be there.
func (o *operation) required(in, name, description string, s *schema, example any) *operation {
	o.param(in, name, description, s, example)
	o.Parameters[len(o.Parameters)-1].Required = true
	return o
}

// takes says what body is wanted.
func (o *operation) takes(contentType string, s *schema, examples map[string]example) *operation {
	if o.RequestBody == nil {
		o.RequestBody = &requestBody{Required: true, Content: map[string]media{}}
	}
	o.RequestBody.Content[contentType] = media{s, examples}
	return o
}

// gives says what the answer is when all goes well; value shows one.
func (o *operation) gives(status int, description, contentType string, s *schema, value any) *operation {
	key := strconv.Itoa(status)
	r, had := o.Responses[key] // in another format
	if !had {
		r = response{Description: description}
	}
	if contentType != "" {
		m := media{Schema: s}
		if value != nil {
			m.Examples = map[string]example{"example": {value}}
		}
		if r.Content == nil {
			r.Content = map[string]media{}
		}
		r.Content[contentType] = m
	}
	o.Responses[key] = r
	return o
}

func (o *operation) givesJSON(description string, s *schema, value any) *operation {
	return o.gives(http.StatusOK, description, jsonType, s, value)
}

// fails says which errors are possible besides those of a missing scope.
func (o *operation) fails(statuses ...int) *operation {
	for _, status := range statuses {
		o.failsWith(status, usual(status)...)
	}
	return o
}

// failsWith says which errors a status stands for.
func (o *operation) failsWith(status int, errs ...error) *operation {
	o.Responses[strconv.Itoa(status)] = response{
		Description: http.StatusText(status),
		Content:     map[string]media{jsonType: {ref[wire.Error](), errorExamples(errs)}},
	}
	return o
}
