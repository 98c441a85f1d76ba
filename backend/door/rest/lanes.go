package rest

import (
	"cmp"
	"net/http"
	"slices"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// getLanes returns every lane, by namespace.
func (d *Door) getLanes(w http.ResponseWriter, r *http.Request) error {
	all := d.o.Lanes.List()
	slices.SortFunc(all, func(a, b msg.LaneState) int { return cmp.Compare(a.Namespace, b.Namespace) })
	d.sendJSON(w, r, wire.LaneListOf(all))
	return nil
}

// getLane returns one lane.
func (d *Door) getLane(w http.ResponseWriter, r *http.Request) error {
	namespace, err := namespaceOf(r)
	if err != nil {
		return err
	}
	lane, err := d.o.Lanes.Lane(namespace)
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.LaneOf(lane))
	return nil
}

// patchLane changes a lane's settings; it makes the lane if need be.
func (d *Door) patchLane(w http.ResponseWriter, r *http.Request) error {
	namespace, err := namespaceOf(r)
	if err != nil {
		return err
	}
	var body wire.LanePatch
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	patch, err := body.Patch()
	if err != nil {
		return err
	}
	lane, err := d.o.Lanes.Patch(namespace, patch)
	if err != nil {
		return err
	}
	d.note(r, msg.LaneChanged, namespace)
	d.sendJSON(w, r, wire.LaneOf(lane))
	return nil
}

// deleteLane takes back what people changed of a lane.
func (d *Door) deleteLane(w http.ResponseWriter, r *http.Request) error {
	namespace, err := namespaceOf(r)
	if err != nil {
		return err
	}
	lane, err := d.o.Lanes.Reset(namespace)
	if err != nil {
		return err
	}
	d.note(r, msg.LaneReset, namespace)
	d.sendJSON(w, r, wire.LaneOf(lane))
	return nil
}

func docGetLanes() *operation {
	return about("listLanes", "lanes", "Every lane", "By namespace.").
		givesJSON("The lanes.", ref[wire.LaneList](), wire.LaneList{Lanes: []wire.Lane{exampleLane()}})
}

func docGetLane() *operation {
	return about("getLane", "lanes", "One lane", "").
		param("path", "namespace", "Percent-encoded.", &schema{Type: "string"}, "/ws/rt_market").
		givesJSON("The lane.", ref[wire.Lane](), exampleLane()).
		failsWith(http.StatusBadRequest, msg.CheckNamespace("ws")).
		failsWith(http.StatusNotFound, fault.Newf(fault.NotFound, "there is no lane %q", "/ws/rt_market").
			WithHint("a lane is made by its first message, or by PATCH; GET /api/v1/lanes lists them"))
}

func docPatchLane() *operation {
	return about("configureLane", "lanes", "Change a lane", "What is left out stays. A lane that is not there is made.").
		param("path", "namespace", "Percent-encoded.", &schema{Type: "string"}, "/ws/rt_market").
		takes(jsonType, ref[wire.LanePatch](), map[string]example{
			"a steady interval":  {object{"interval": "10ms"}},
			"the newest only":    {object{"full": "latest", "key": "/symbol"}},
			"as messages come":   {object{"interval": "0s"}},
			"drop the oldest":    {object{"full": "drop-oldest", "capacity": 1000}},
			"catch up in bursts": {object{"rate": 50, "catch_up": "burst"}},
		}).
		givesJSON("The lane as it is now.", ref[wire.Lane](), exampleLane()).
		failsWith(http.StatusBadRequest, badSettings()...).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "there are 256 lanes already, and at most 256 are allowed, so namespace /ws/more gets none").
			WithCode("too_many_lanes").WithHint("use fewer namespaces (a lane nobody configured leaves when it was idle for 1h0m0s), or raise limits.max_lanes")).
		fails(http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docDeleteLane() *operation {
	return about("resetLane", "lanes", "Take back what was changed of a lane",
		"It has the settings that settings file or defaults say. What waits stays.").
		param("path", "namespace", "Percent-encoded.", &schema{Type: "string"}, "/ws/rt_market").
		givesJSON("The lane as it is now.", ref[wire.Lane](), exampleLane()).
		failsWith(http.StatusBadRequest, msg.CheckNamespace("ws")).
		failsWith(http.StatusNotFound, fault.Newf(fault.NotFound, "there is no lane %q", "/ws/rt_market").
			WithHint("a lane is made by its first message, or by PATCH; GET /api/v1/lanes lists them"))
}
