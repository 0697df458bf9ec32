using Grpc.Core;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>The protocol's only call. Passes a worker's stream to its channel.</summary>
internal sealed class WorkerRpcService(WorkerChannels channels) : FunctionRpc.FunctionRpcBase
{
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream,
        IServerStreamWriter<StreamingMessage> responseStream,
        ServerCallContext context
    )
    {
        if (
            !await requestStream.MoveNext(context.CancellationToken)
            || requestStream.Current.StartStream is not { } start
            || channels.Claim(start.WorkerId) is not { } channel
        )
        {
            const string Refusal = "The first message must be StartStream with the id of an expected worker.";
            throw new Grpc.Core.RpcException(new Status(StatusCode.PermissionDenied, Refusal));
        }

        await channel.RunAsync(requestStream, responseStream, context.CancellationToken);
    }
}
