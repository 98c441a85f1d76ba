// Package server builds the hub from its parts, starts them, and stops them in
// order. It is the only package that knows concrete types of more than one wing.
package server

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/access"
	"emitscope/backend/config"
	"emitscope/backend/door/outbox"
	"emitscope/backend/door/rest"
	"emitscope/backend/door/sio"
	"emitscope/backend/door/udp"
	"emitscope/backend/door/wire"
	"emitscope/backend/door/ws"
	"emitscope/backend/flow/emit"
	"emitscope/backend/flow/intake"
	"emitscope/backend/flow/reply"
	"emitscope/backend/msg"
	"emitscope/backend/query"
	"emitscope/backend/replay"
	"emitscope/backend/scope/alert"
	"emitscope/backend/scope/crowd"
	"emitscope/backend/scope/feed"
	"emitscope/backend/scope/meter"
	"emitscope/backend/scope/recent"
	"emitscope/backend/shelf"
	"emitscope/backend/trial/experiment"
	"emitscope/examples/browser"
	"emitscope/frontend"
)

// Server is the whole hub. Make it with New, then call Listen, then Run, once.
type Server struct {
	cfg     config.Config
	version string
	log     *slog.Logger
	started time.Time
	dataDir *os.File // locked
	keys    *access.Keys
	guard   *access.Guard
	audit   *access.Audit
	limits  *limits
	conns   *access.Conns
	phase   atomic.Int32

	listener    net.Listener
	own         netip.Addr // of listener
	fixed       bool       // listener is reached by other machines
	lan         *lan
	neighbours  neighbours
	certificate certificate
	memory      *memory    // nil: without a limit
	freeMemory  func()     // of the limit
	sharing     sync.Mutex // one change at a time
	inform      func(frame any)

	http     *http.Server
	sequence *intake.Sequence
	intake   *intake.Intake
	lanes    lanes
	faults   *faults
	queries  *shelf.Shelf
	boards   *shelf.Shelf
	made     *demo
	rules    *rules
	drafts   *shelf.Shelf
	alerts   *alerts
	clock    *emit.PreciseClock
	emitter  *emit.Emitter
	meter    *meter.Meter
	recent   *recent.Recent
	tape     *recordings
	replay   *replay.Player
	crowd    *crowd.Crowd
	lab      *experiment.Lab
	doors    doors
	udp      *udp.Door // nil: closed
}

// New builds a hub from settings that have passed Check. It reads what the data
// folder keeps, and keeps other hubs out of it until Run or Close; it opens no port.
func New(cfg config.Config, version string, log *slog.Logger) (_ *Server, err error) {
	s := &Server{cfg: cfg, version: version, log: log, started: time.Now(), freeMemory: func() {}}
	if err := config.PrepareDataDir(cfg.DataDir); err != nil {
		return nil, err
	}
	if s.dataDir, err = lockDataDir(cfg.DataDir); err != nil {
		return nil, err
	}
	s.clock = emit.NewPreciseClock()
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.keys, err = access.OpenKeys(filepath.Join(cfg.DataDir, "keys.json"), config.WriteFileAtomic); err != nil {
		return nil, err
	}
	s.limits, s.audit = newLimits(cfg), access.NewAudit(log)
	s.conns = access.NewConns(access.ConnLimits{
		Max: cfg.Limits.MaxConnections, MaxPerAddress: cfg.Limits.MaxConnectionsPerAddress, MaxPerSecond: cfg.Limits.MaxConnectionsPerSecond,
		Audit: s.audit, Reached: s.limits.reached, Log: log,
	})
	s.guard, err = access.New(access.Options{
		OpenView: cfg.OpenView, AllowedHosts: cfg.AllowedHosts, AllowedOrigins: cfg.AllowedOrigins, AllowNullOrigin: cfg.AllowNullOrigin,
		Keys: s.keys, MaxFailedKeys: cfg.Limits.MaxFailedKeys, Audit: s.audit, Reached: s.limits.reached,
	})
	if err != nil {
		return nil, err
	}
	if s.certificate, err = openCertificate(cfg); err != nil {
		return nil, err
	}
	s.lan, s.neighbours = newLAN(cfg.LAN, s.conns, s.certificate, log), alone{}
	if s.sequence, err = openSequence(cfg.DataDir); err != nil {
		return nil, err
	}
	if s.lanes, err = openLanes(cfg, s.limits.reached, log, s.clock.Wake); err != nil {
		return nil, err
	}
	if s.queries, err = openQueries(cfg.DataDir, log); err != nil {
		return nil, err
	}
	if s.boards, err = openBoards(cfg.DataDir, log); err != nil {
		return nil, err
	}
	if s.alerts, err = openAlerts(cfg.DataDir, version, log); err != nil {
		return nil, err
	}
	if s.drafts, err = openDrafts(cfg.DataDir, log); err != nil {
		return nil, err
	}
	handler, err := s.build()
	if err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler:           patient(s.guard.Wrap(handler), cfg.Limits.BodyTimeout),
		ReadHeaderTimeout: cfg.Limits.HeaderTimeout,
		IdleTimeout:       cfg.Limits.IdleTimeout,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Close lets other hubs use the data folder, and frees the ports that are open.
// Run does the same at its end.
func (s *Server) Close() {
	if s.listener != nil {
		_ = s.listener.Close() // it may be closed already
	}
	if s.udp != nil {
		s.udp.Close()
	}
	s.clock.Close()
	s.freeMemory()
	_ = s.dataDir.Close() // nothing is ever written to it
}

// build joins the parts, in the direction a message travels.
func (s *Server) build() (http.Handler, error) {
	s.crowd = crowd.New()
	all := &everybody{Crowd: s.crowd}
	s.meter = meter.New(meter.Options{Late: s.cfg.Late, Lanes: s.lanes.List, MaxLanes: s.cfg.Limits.MaxLanes})
	limits := s.cfg.Limits
	s.recent = recent.New(recent.Options{})
	s.tape = s.openRecordings()
	watch := &watchers{
		Meter:  s.meter,
		recent: s.recent,
		tape:   s.tape.Tape,
		alerts: s.alerts,
		feed:   feed.New(feed.Options{Late: s.cfg.Late, Numbers: s.meter, Lanes: s.lanes.List, Clients: s.crowd.Count}),
	}
	if err := s.alerts.watch(alert.Options{Numbers: s.meter, Lanes: s.lanes.List, Lagging: s.lagging, Log: s.log}, func(frame any) { s.inform(frame) }); err != nil {
		return nil, err
	}
	var err error
	if s.rules, err = openRules(s.cfg, reply.Options{Accept: s.acceptReply, Recent: watch.recent, Reached: s.limits.reached, Log: s.log}); err != nil {
		return nil, err
	}
	s.intake = intake.New(intake.Options{
		Lanes: s.lanes, Sequence: s.sequence, Watch: watch, Rules: s.rules,
		Quotas: access.NewQuotas(access.QuotaOptions{
			MessagesPerSecond: limits.MaxMessagesPerSecond, BytesPerSecond: limits.MaxBytesPerSecond,
			Keys: s.keys, Reached: s.limits.reached,
		}),
		MaxSize:        int(max(limits.MaxBody, limits.MaxFrame)),
		MaxDepth:       limits.MaxJSONDepth,
		MaxKeys:        limits.MaxJSONKeys,
		MaxAttachments: limits.MaxAttachments,
		Reached:        s.limits.reached,
	})
	s.replay = newReplay(s.intake, s.lanes, s.tape.Tape, s.log)
	watch.replay = s.replay
	if s.made, err = s.openSimulators(); err != nil {
		return nil, err
	}
	if limits.Memory > 0 {
		s.freeMemory = limitMemory(limits.Memory)
		s.memory = &memory{
			shedder: newShedder(limits.Memory, recent.DefaultBudget), remember: watch.recent.SetBudget,
			hold: s.intake.Hold, reached: s.limits.reached, log: s.log,
		}
	}
	s.faults = s.newFaults(watch, all)
	waiting := outbox.Options{MaxFrames: limits.OutboxFrames, MaxBytes: limits.OutboxBytes, Slow: s.cfg.SlowPolicy}
	viaSocketIO := sio.New(sio.Options{
		Intake: s.intake, Recent: watch.recent, Keys: s.guard, Audit: s.audit, Welcome: s.welcome, Left: s.crowd.Leave,
		MaxFrame: int(limits.MaxFrame), MaxFragments: limits.MaxFragments, MaxAttachments: limits.MaxAttachments,
		MaxSessions: limits.MaxConnections, MaxSessionsPerHost: limits.MaxConnectionsPerAddress, MaxRooms: limits.MaxRooms, Reached: s.limits.reached,
		MaxNamespaces: limits.MaxNamespaces, MaxNamespacesPerClient: limits.MaxNamespacesPerClient,
		PingInterval: s.cfg.PingInterval, PingTimeout: s.cfg.PingTimeout, AllowEIO3: s.cfg.EIO3, Recovery: s.cfg.Recovery,
		Outbox: waiting,
		Log:    s.log,
	})
	viaWebSocket := ws.New(ws.Options{
		Intake: s.intake, Recent: watch.recent, Keys: s.guard, Audit: s.audit, Welcome: s.welcome, Left: s.crowd.Leave,
		MaxFrame: int(limits.MaxFrame), MaxFragments: limits.MaxFragments, MaxSubscriptions: limits.MaxSubscriptions, Reached: s.limits.reached,
		OpenViewer: func(q query.View) (ws.Viewer, error) { return watch.feed.Open(q) },
		Hello:      s.hello,
		Outbox:     waiting,
		Log:        s.log,
	})
	ui, err := fs.Sub(frontend.Dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the interface: %w", err)
	}
	s.lab = s.newLab()
	viaREST, err := rest.New(rest.Options{
		Intake: s.intake, Lanes: s.lanes, Faults: s.faults, Recent: watch.recent, Stats: s.meter, LastSeq: s.sequence.Last, Clients: all,
		Sharing: s, Keys: s, Keeping: s, Queries: s.queries, Boards: s.boards, Drafts: s.drafts, Simulators: s.made, Rules: s.rules, Alerts: s.alerts, Entrance: s.guard, Audit: s.audit, Welcome: s.welcome, Left: s.crowd.Leave, Limits: s.limits.list,
		Metrics: s.metrics(watch.recent), Ready: s.ready, Version: s.version, UI: ui, Demo: browser.Page,
		MaxBody: limits.MaxBody, BodyTimeout: limits.BodyTimeout, Reached: s.limits.reached, Outbox: waiting, Log: s.log,
		Experiment: s.lab, Recordings: s.tape, MaxRecordingBytes: s.cfg.Recordings.MaxBytes, History: s.tape, Replay: s.replay,
	})
	if err != nil {
		return nil, fmt.Errorf("build the REST door: %w", err)
	}
	watch.rest = viaREST
	s.inform = viaWebSocket.Inform
	s.doors = doors{viaSocketIO, viaWebSocket, viaREST}
	all.doors = s.doors
	s.crowd.Watch(s.doors)
	s.emitter = emit.New(s.faults, watch, s.clock, viaSocketIO, viaWebSocket, viaREST)

	socket, viewers := viaWebSocket.Socket(), viaWebSocket.Feed()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/websocket":
			socket.ServeHTTP(w, r)
		case path == "/api/v1/feed":
			viewers.ServeHTTP(w, r)
		case strings.HasPrefix(path, "/socket.io/") && !slices.Contains(rest.ClientScripts(), path):
			viaSocketIO.ServeHTTP(w, r)
		default:
			s.whileShared(viaREST, w, r)
		}
	}), nil
}

// acceptReply hands a reply in like any other draft.
func (s *Server) acceptReply(d msg.Draft) error {
	_, err := s.intake.Accept(d)
	return err
}

// hello is what each new viewer is told first.
func (s *Server) hello() wire.FeedHello {
	return wire.FeedHello{
		Type: "hello", Version: s.version, Started: wire.Time(s.started), Sharing: s.shared(), Faults: wire.FaultsOnOf(s.faults.List()),
		LateFloorUS: float64(s.cfg.Late.Floor) / float64(time.Microsecond), LateShare: s.cfg.Late.Share,
		Points: wire.PointsOf(s.meter.Points("", time.Second, 60)), Alerts: wire.AlertEventsOf(s.alerts.Raised()), Recordings: s.tape.now(),
	}
}
