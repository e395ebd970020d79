#!/usr/bin/env bash
# Generates Go and TypeScript from proto/. No schema registry: imports are links into the Go module cache, which go.sum pins.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0
dir() { (cd chain && go mod download "$1" >&2 && go list -m -f '{{.Dir}}' "$1"); }
mkdir -p third_party/gogoproto
ln -sfn "$(dir github.com/cosmos/cosmos-sdk)/proto" third_party/cosmos-sdk
ln -sfn "$(dir github.com/cosmos/cosmos-proto)/proto" third_party/cosmos-proto
ln -sfn "$(dir github.com/cosmos/gogoproto)/gogoproto" third_party/gogoproto/gogoproto
ln -sfn "$(dir github.com/grpc-ecosystem/grpc-gateway)/third_party/googleapis" third_party/googleapis
rm -rf .gen
node_modules/.bin/buf generate --template buf.gen.go.yaml
node_modules/.bin/buf generate --template buf.gen.ts.yaml
module=.gen/go/github.com/assay-chain/assay/chain
for m in registry compute dispute beacon; do
  mkdir -p "chain/x/$m/types"
  rm -f "chain/x/$m/types/"*.pb.go "chain/x/$m/types/"*.pb.gw.go
  cp "$module/x/$m/types/"*.go "chain/x/$m/types/"
done
for m in refereev1 programv1; do
  mkdir -p "chain/types/$m"
  cp "$module/types/$m/"*.go "chain/types/$m/"
done
rm -rf src/chain/generated
mkdir -p src/chain/generated
cp -r .gen/ts/. src/chain/generated/
# Options files describe descriptors; no generated code imports them.
rm -rf src/chain/generated/{gogoproto,amino,cosmos_proto} src/chain/generated/cosmos/msg src/chain/generated/google/api src/chain/generated/google/protobuf/descriptor.ts
rm -rf .gen
