package keeper_test

import (
	"maps"
	"reflect"
	"runtime"
	"slices"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/cosmos-sdk/codec"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/program"
	beacontypes "github.com/assay-chain/assay/chain/x/beacon/types"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

const (
	// fuzzGas bounds the work of one message, as a block's limit does; what a handler does without charging is not bounded.
	fuzzGas = 20_000_000
	// fuzzBytes: what a handler may allocate beside a multiple of its message: reading parameters, jobs, records of the model.
	fuzzBytes = 16 << 20
)

// methods of a gRPC service of every module of ours, by the name of their input: none can be forgotten here.
func methods(t testing.TB, service string) map[string]string {
	t.Helper()
	paths := map[string]string{}
	for _, module := range []string{"registry", "compute", "dispute", "beacon"} {
		name := protoreflect.FullName("assay." + module + ".v1." + service)
		d, err := proto.HybridResolver.FindDescriptorByName(name)
		require.NoError(t, err)
		list := d.(protoreflect.ServiceDescriptor).Methods()
		for i := range list.Len() {
			paths[string(list.Get(i).Input().FullName())] = "/" + string(name) + "/" + string(list.Get(i).Name())
		}
	}
	return paths
}

// arena is a chain with a job in every state that messages act on: open, claimed, committed, disputed with a trace, a demand
// and a commitment to a fault; and for each message one that this state takes, or refuses late.
func arena(t testing.TB) (*rig, map[string]codec.ProtoMarshaler) {
	r := newRig(t, nil)
	cheat := r.honest.cheat()
	open, claimed := r.submit(r.honest, nil), r.submit(r.honest, nil)
	r.claim(claimed, worker)
	id := r.drawn(cheat)
	r.challenge(id, alice)
	waiting := r.drawn(r.honest)
	r.challenge(waiting, carol)
	r.publishTrace(id, cheat)
	demand := r.demand(id, bob, item(program.Value, 0, 0, 2))
	proof := cheat.arithmetic(t, cheatElement).Encode()
	r.commitFault(id, alice, proof)
	input := cheat.format(t, program.Input, 0, 1).Encode()
	authority := authtypes.NewModuleAddress(govtypes.ModuleName).String()
	list := []codec.ProtoMarshaler{
		&registrytypes.MsgPublishArtifact{Publisher: r.Address(alice), Kind: registrytypes.ARTIFACT_KIND_MODEL, Name: "another", Licence: "MIT",
			Program: r.honest.record.Encode(), WeightsRoot: r.honest.root(program.Weight), DefaultTolerance: tolerance("0.00001", "0.001")},
		&registrytypes.MsgDeprecateArtifact{Publisher: r.Address(requester), ArtifactId: r.artifact},
		&registrytypes.MsgSetPolicy{},
		&registrytypes.MsgUpdateParams{Authority: authority, Params: registrytypes.DefaultParams()},
		&computetypes.MsgSubmitJob{Requester: r.Address(requester), ArtifactId: r.artifact, JobFee: math.NewInt(jobFee), Profile: "ieee-fp32",
			Inputs: []computetypes.JobInput{{DataRoot: cheat.dataRoots(program.Input)[0][:]}}},
		&computetypes.MsgCancelJob{Requester: r.Address(requester), JobId: open},
		&computetypes.MsgRegisterWorker{Worker: r.Address(alice), Endpoint: "http://127.0.0.1:1"},
		&computetypes.MsgClaimJob{Worker: r.Address(worker), JobId: open, Bond: math.NewInt(jobBond)},
		r.commitMsg(claimed, worker, r.honest),
		&computetypes.MsgRegisterVerifier{Operator: r.Address(verifier(0)), Deposit: math.NewInt(1_000_000_000)},
		&computetypes.MsgTopUpVerifier{Sender: r.Address(requester), Operator: r.Address(verifier(0)), Amount: math.NewInt(1)},
		&computetypes.MsgWithdrawVerifier{Operator: r.Address(verifier(0))},
		r.attest(id, verifier(0), computetypes.VERDICT_VALID),
		&computetypes.MsgUpdateParams{Authority: authority, Params: computetypes.DevnetParams()},
		r.challengeMsg(id, bob), r.publishMsg(waiting, r.honest), r.demandMsg(id, bob, item(program.Input, 0, 0, 1), item(program.Value, 1, 0, 1)),
		r.serveMsg(r.demandRecord(demand), worker, cheat), r.commitFaultMsg(id, bob, proof), r.proveMsg(id, alice, proof),
		&types.MsgOpenInput{Sender: r.Address(alice), JobId: id, Proof: input}, &types.MsgOpenWeight{Sender: r.Address(alice), ArtifactId: r.artifact, Proof: input},
		&types.MsgUpdateParams{Authority: authority, Params: testParams()},
		&beacontypes.MsgPostBeacon{Poster: r.Address("relay"), Round: 1, Signature: make([]byte, 48)},
		&beacontypes.MsgUpdateParams{Authority: authority, Params: beacontypes.DefaultParams()},
	}
	messages := map[string]codec.ProtoMarshaler{}
	for _, m := range list {
		messages[proto.MessageName(m)] = m
	}
	return r, messages
}

// decoded is a message of this name from bytes; nil if they are none.
func decoded(t testing.TB, name string, b []byte) codec.ProtoMarshaler {
	t.Helper()
	m, ok := reflect.New(proto.MessageType(name).Elem()).Interface().(codec.ProtoMarshaler)
	require.True(t, ok, name)
	if m.Unmarshal(b) != nil {
		return nil
	}
	return m
}

// bounded runs a handler: no panic but for gas, no more memory than its bytes explain.
func bounded(t testing.TB, name string, b []byte, run func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	func() {
		defer func() {
			switch p := recover().(type) {
			case nil, storetypes.ErrorOutOfGas:
			default:
				t.Fatalf("%s %x: %v", name, b, p)
			}
		}()
		run()
	}()
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > fuzzBytes+1024*uint64(len(b)) {
		t.Fatalf("%s of %d bytes allocates %d", name, len(b), used)
	}
}

// FuzzMessages: whatever decodes as a message of any module of ours is taken or refused by its handler: no panic, work within
// its gas, memory within its size. Signers are not checked here, so that handlers see more than the chain would show them.
func FuzzMessages(f *testing.F) {
	names := slices.Sorted(maps.Keys(methods(f, "Msg")))
	r, messages := arena(f)
	for i, name := range names {
		m, ok := messages[name]
		require.True(f, ok, "no seed for %s", name)
		b, err := m.Marshal()
		require.NoError(f, err)
		f.Add(uint8(i), b)
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		name := names[int(kind)%len(names)]
		m := decoded(t, name, b)
		if m == nil {
			return
		}
		ctx := r.Context().WithBlockHeight(r.Height() + 1).WithGasMeter(storetypes.NewGasMeter(fuzzGas)).WithEventManager(sdk.NewEventManager())
		bounded(t, name, b, func() { _, _ = r.App.MsgServiceRouter().Handler(m.(sdk.Msg))(ctx, m.(sdk.Msg)) })
	})
}

// FuzzQueries: whatever decodes as a query is answered or refused, in memory that its answer's page explains.
func FuzzQueries(f *testing.F) {
	paths := methods(f, "Query")
	names := slices.Sorted(maps.Keys(paths))
	r, _ := arena(f)
	for i := range names {
		f.Add(uint8(i), []byte{8, 1})
		f.Add(uint8(i), []byte{8, 255, 255, 255, 255, 15})
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		name := names[int(kind)%len(names)]
		handler := r.App.GRPCQueryRouter().Route(paths[name])
		require.NotNil(t, handler, paths[name])
		ctx := r.Context().WithGasMeter(storetypes.NewGasMeter(fuzzGas))
		bounded(t, name, b, func() { _, _ = handler(ctx, &abci.RequestQuery{Path: paths[name], Data: b}) })
	})
}
