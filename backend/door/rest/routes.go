package rest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// route is one method of one path: who may use it, what answers, and what the
// document says of it.
type route struct {
	method string // HEAD comes with GET
	path   string // pattern of http.ServeMux
	scopes msg.Scopes
	serve  handler
	doc    *operation // nil: not described, and its query is not looked at
}

// handler answers, or returns why it did not; then it must not have written.
type handler func(w http.ResponseWriter, r *http.Request) error

// routes is everything that can be asked of this door.
func (d *Door) routes() []route {
	const none = msg.Scopes(0)
	all := []route{
		{"GET", "/api", none, d.getRoot, docRoot()},
		{"OPTIONS", "/api", none, optionsRoot, docRootOptions()},
		{"POST", "/api/v1/messages", msg.MayPublish, d.postMessages, docPostMessages()},
		{"GET", "/api/v1/messages", msg.MayView, d.getMessages, docGetMessages()},
		{"DELETE", "/api/v1/messages", msg.MayAdmin, d.deleteMessages, docDeleteMessages()},
		{"GET", "/api/v1/messages/{seq}", msg.MayView, d.getMessage, docGetMessage()},
		{"GET", "/api/v1/queries", msg.MayView, d.getQueries, docGetQueries()},
		{"PUT", "/api/v1/queries/{name}", msg.MayAdmin, d.putQuery, docPutQuery()},
		{"DELETE", "/api/v1/queries/{name}", msg.MayAdmin, d.deleteQuery, docDeleteQuery()},
		{"GET", "/api/v1/boards", msg.MayView, d.getBoards, docGetBoards()},
		{"PUT", "/api/v1/boards/{name}", msg.MayAdmin, d.putBoard, docPutBoard()},
		{"DELETE", "/api/v1/boards/{name}", msg.MayAdmin, d.deleteBoard, docDeleteBoard()},
		{"GET", "/api/v1/alerts", msg.MayView, d.getAlerts, docGetAlerts()},
		{"GET", "/api/v1/alert-history", msg.MayView, d.getAlertHistory, docAlertHistory()},
		{"PUT", "/api/v1/alerts/{name}", msg.MayAdmin, d.putAlert, docPutAlert()},
		{"DELETE", "/api/v1/alerts/{name}", msg.MayAdmin, d.deleteAlert, docDeleteAlert()},
		{"POST", "/api/v1/alerts/{name}/acknowledge", msg.MayAdmin, d.postAcknowledge, docAcknowledge()},
		{"POST", "/api/v1/alerts/{name}/test", msg.MayAdmin, d.postWebhookTest, docTestWebhook()},
		{"GET", "/api/v1/simulators", msg.MayView, d.getSimulators, docGetSimulators()},
		{"PUT", "/api/v1/simulators/{name}", msg.MayAdmin, d.putSimulator, docPutSimulator()},
		{"PATCH", "/api/v1/simulators/{name}", msg.MayAdmin, d.patchSimulator, docPatchSimulator()},
		{"DELETE", "/api/v1/simulators/{name}", msg.MayAdmin, d.deleteSimulator, docDeleteSimulator()},
		{"POST", "/api/v1/demo", msg.MayAdmin, d.postDemo, docPostDemo()},
		{"DELETE", "/api/v1/demo", msg.MayAdmin, d.deleteDemo, docDeleteDemo()},
		{"GET", "/api/v1/drafts", msg.MayView, d.getDrafts, docGetDrafts()},
		{"PUT", "/api/v1/drafts/{name}", msg.MayAdmin, d.putDraft, docPutDraft()},
		{"DELETE", "/api/v1/drafts/{name}", msg.MayAdmin, d.deleteDraft, docDeleteDraft()},
		{"POST", "/api/v1/template", msg.MayPublish, d.postTemplate, docPostTemplate()},
		{"GET", "/api/v1/stream", msg.MayView, d.getStream, docGetStream()},
		{"GET", "/api/v1/wait", msg.MayView, d.getWait, docGetWait()},
		{"GET", "/api/v1/stats", msg.MayView, d.getStats, docGetStats()},
		{"GET", "/api/v1/points", msg.MayView, d.getPoints, docGetPoints()},
		{"GET", "/api/v1/streams/points", msg.MayView, d.getStreamPoints, docGetStreamPoints()},
		{"GET", "/api/v1/series", msg.MayView, d.getSeries, docGetSeries()},
		{"GET", "/api/v1/clients", msg.MayView, d.getClients, docGetClients()},
		{"GET", "/api/v1/clients/history", msg.MayView, d.getClientHistory, docGetClientHistory()},
		{"GET", "/api/v1/clients/left", msg.MayView, d.getClientsLeft, docGetClientsLeft()},
		{"GET", "/api/v1/clients/{id}", msg.MayView, d.getClient, docGetClient()},
		{"PATCH", "/api/v1/clients/{id}", msg.MayAdmin, d.patchClient, docPatchClient()},
		{"DELETE", "/api/v1/clients/{id}", msg.MayAdmin, d.deleteClient, docDeleteClient()},
		{"POST", "/api/v1/clients/{id}/messages", msg.MayPublish, d.postClientMessage, docPostClientMessage()},
		{"GET", "/api/v1/lanes", msg.MayView, d.getLanes, docGetLanes()},
		{"GET", "/api/v1/lanes/{namespace}", msg.MayView, d.getLane, docGetLane()},
		{"PATCH", "/api/v1/lanes/{namespace}", msg.MayAdmin, d.patchLane, docPatchLane()},
		{"DELETE", "/api/v1/lanes/{namespace}", msg.MayAdmin, d.deleteLane, docDeleteLane()},
		{"GET", "/api/v1/rules", msg.MayView, d.getRules, docGetRules()},
		{"PATCH", "/api/v1/rules", msg.MayAdmin, d.patchRules, docPatchRules()},
		{"PUT", "/api/v1/rules/{name}", msg.MayAdmin, d.putRule, docPutRule()},
		{"PATCH", "/api/v1/rules/{name}", msg.MayAdmin, d.patchRule, docPatchRule()},
		{"DELETE", "/api/v1/rules/{name}", msg.MayAdmin, d.deleteRule, docDeleteRule()},
		{"GET", "/api/v1/faults", msg.MayView, d.getFaults, docGetFaults()},
		{"DELETE", "/api/v1/faults", msg.MayAdmin, d.deleteAllFaults, docDeleteAllFaults()},
		{"GET", "/api/v1/faults/{namespace}", msg.MayView, d.getFaultsOf, docGetFaultsOf()},
		{"PUT", "/api/v1/faults/{namespace}", msg.MayAdmin, d.putFaults, docPutFaults()},
		{"DELETE", "/api/v1/faults/{namespace}", msg.MayAdmin, d.deleteFaults, docDeleteFaults()},
		{"GET", "/api/v1/recordings", msg.MayView, d.getRecordings, docGetRecordings()},
		{"POST", "/api/v1/recordings", msg.MayAdmin, d.postRecording, docPostRecording()},
		{"GET", "/api/v1/recordings/{name}", msg.MayView, d.getRecording, docGetRecording()},
		{"DELETE", "/api/v1/recordings/{name}", msg.MayAdmin, d.deleteRecording, docDeleteRecording()},
		{"PATCH", "/api/v1/recordings/{name}", msg.MayAdmin, d.patchRecording, docPatchRecording()},
		{"POST", "/api/v1/flight", msg.MayAdmin, d.postFlight, docPostFlight()},
		{"POST", "/api/v1/recordings/{name}/stop", msg.MayAdmin, d.postRecordingStop, docPostRecordingStop()},
		{"GET", "/api/v1/recordings/{name}/messages", msg.MayView, d.getRecorded, docGetRecorded()},
		{"GET", "/api/v1/recordings/{name}/messages/{seq}", msg.MayView, d.getRecordedOne, docGetRecordedOne()},
		{"POST", "/api/v1/imports", msg.MayAdmin, d.postImport, docPostImport()},
		{"GET", "/api/v1/recordings/{name}/export", msg.MayView, d.getExport, docGetExport()},
		{"GET", "/api/v1/recordings/{name}/timeline", msg.MayView, d.getTimeline, docGetTimeline()},
		{"GET", "/api/v1/recordings/{name}/bookmarks", msg.MayView, d.getBookmarks, docGetBookmarks()},
		{"POST", "/api/v1/recordings/{name}/bookmarks", msg.MayAdmin, d.postBookmark, docPostBookmark()},
		{"DELETE", "/api/v1/recordings/{name}/bookmarks/{id}", msg.MayAdmin, d.deleteBookmark, docDeleteBookmark()},
		{"GET", "/api/v1/comparison", msg.MayView, d.getComparison, docGetComparison()},
		{"GET", "/api/v1/replay", msg.MayView, d.getReplay, docGetReplay()},
		{"PUT", "/api/v1/replay", msg.MayAdmin, d.putReplay, docPutReplay()},
		{"PATCH", "/api/v1/replay", msg.MayAdmin, d.patchReplay, docPatchReplay()},
		{"DELETE", "/api/v1/replay", msg.MayAdmin, d.deleteReplay, docDeleteReplay()},
		{"GET", "/api/v1/sharing", msg.MayAdmin, d.getSharing, docGetSharing()},
		{"PATCH", "/api/v1/sharing", msg.MayAdmin, d.patchSharing, docPatchSharing()},
		{"POST", "/api/v1/sharing/link", msg.MayAdmin, d.postLink, docPostLink()},
		{"GET", "/api/v1/keys", msg.MayAdmin, d.getKeys, docGetKeys()},
		{"POST", "/api/v1/keys", msg.MayAdmin, d.postKey, docPostKey()},
		{"DELETE", "/api/v1/keys/{name}", msg.MayAdmin, d.deleteKey, docDeleteKey()},
		{"GET", "/api/v1/session", none, d.getSession, docGetSession()},
		{"POST", "/api/v1/session", none, d.postSession, docPostSession()},
		{"DELETE", "/api/v1/session", none, d.deleteSession, docDeleteSession()},
		{"GET", "/api/v1/audit", msg.MayAdmin, d.getAudit, docGetAudit()},
		{"GET", "/api/v1/limits", msg.MayView, d.getLimits, docGetLimits()},
		{"POST", "/api/v1/experiment", msg.MayAdmin, d.postExperiment, docPostExperiment()},
		{"GET", "/api/v1/experiment", msg.MayView, d.getExperiment, docGetExperiment()},
		{"DELETE", "/api/v1/experiment", msg.MayAdmin, d.deleteExperiment, docDeleteExperiment()},
		{"GET", "/api/v1/experiment/raw", msg.MayView, d.getExperimentRaw, docGetExperimentRaw()},
		{"GET", "/api/v1/about", msg.MayAdmin, d.getAbout, docGetAbout()},
		{"GET", "/api/v1/backup", msg.MayAdmin, d.getBackup, docGetBackup()},
		{"DELETE", "/api/v1/data", msg.MayAdmin, d.deleteData, docDeleteData()},
		{"GET", "/api/v1/openapi.json", msg.MayView, d.getDocument, docGetDocument()},
		{"GET", "/api/v1/docs", msg.MayView, d.getDocs, docGetDocs()},
		{"GET", "/api/v1/docs/{file}", none, d.getDocsFile, nil},
		{"GET", "/livez", none, d.getLive, docLive()},
		{"GET", "/readyz", none, d.getReady, docReady()},
		{"GET", "/metrics", msg.MayView, d.getMetrics, docMetrics()},
		{"GET", "/demo", none, d.getDemo, nil},
		{"GET", "/{path...}", none, d.getUI, nil},
	}
	for _, path := range ClientScripts() {
		all = append(all, route{"GET", path, none, getClientScript, nil})
	}
	return all
}

// register puts the routes in the mux, one entry for each path.
func (d *Door) register(routes []route) {
	byPath := map[string]resource{}
	for _, rt := range routes {
		if byPath[rt.path] == nil {
			byPath[rt.path] = resource{}
		}
		byPath[rt.path][rt.method] = rt
	}
	for path, res := range byPath {
		serve := func(w http.ResponseWriter, r *http.Request) {
			if err := d.serve(res, w, r); err != nil {
				d.sendError(w, r, err)
			}
		}
		d.mux.HandleFunc(path, serve)
		if !strings.Contains(path, "{") {
			d.plain[path] = serve
		}
		for _, name := range []string{"namespace", "name"} {
			if above, below, ok := strings.Cut(path, "{"+name+"}"); ok {
				d.mux.HandleFunc(above+"%2F"+below, d.slash(name, serve))
			}
		}
	}
	d.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		d.sendError(w, r, unknownPath(r.URL.Path))
	})
}

// resource is one path's routes by method.
type resource map[string]route

// serve has the route of r's method answer, if the caller may use it.
func (d *Door) serve(res resource, w http.ResponseWriter, r *http.Request) error {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http keeps the body back
	}
	rt, ok := res[method]
	if !ok {
		allow := res.allow()
		w.Header().Set("Allow", allow)
		return &refusal{http.StatusMethodNotAllowed, fault.Newf(fault.Invalid, "%s is not possible at %s", fault.Clip(r.Method), fault.Clip(r.URL.Path)).
			WithCode("method_not_allowed").WithHint("possible is: %s", allow)}
	}
	if err := checkScopes(r, rt.scopes); err != nil {
		return d.refused(r, err)
	}
	if rt.doc != nil {
		if err := rt.doc.checkQuery(r.URL.RawQuery); err != nil {
			return err
		}
	}
	return rt.serve(w, r)
}

func (res resource) allow() string {
	methods := slices.Collect(maps.Keys(res))
	if _, ok := res[http.MethodGet]; ok {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// checkScopes says who the caller must be first, and only then what it may not do.
func checkScopes(r *http.Request, want msg.Scopes) error {
	have := msg.CallerOf(r.Context()).Scopes
	if have.Has(want) {
		return nil
	}
	return lacking(have, want)
}

func lacking(have, want msg.Scopes) error {
	if have == 0 {
		return fault.Newf(fault.Unauthorized, "this needs a key").
			WithHint("send the header Authorization: Bearer KEY; keys are made in the share dialog of Emitscope")
	}
	return fault.Newf(fault.Forbidden, "this needs the scope %s; you have %s", want, have).
		WithHint("use a key with that scope")
}

// checkQuery refuses a parameter that o does not have, or has twice: a spelling
// mistake must not silently widen what is asked for.
func (o *operation) checkQuery(raw string) error {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return fault.Newf(fault.Invalid, "the query of the address cannot be read").
			WithCode("invalid_parameter").WithHint("percent-encode what is not a letter or digit, such as / as %%2F")
	}
	for name, values := range q {
		known := slices.ContainsFunc(o.Parameters, func(p parameter) bool { return p.In == "query" && p.Name == name })
		if !known {
			return fault.Newf(fault.Invalid, "parameter %q is unknown", fault.Clip(name)).
				WithCode("unknown_parameter").WithHint("look for a spelling mistake, or leave it out")
		}
		if len(values) > 1 {
			return fault.Newf(fault.Invalid, "parameter %q is given %d times", name, len(values)).
				WithCode("invalid_parameter").WithHint("give it once")
		}
	}
	return nil
}
