using System.Globalization;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>What a worker process must know to call its host.</summary>
internal sealed record WorkerArguments(Uri Endpoint, string WorkerId, string RequestId)
{
    /// <summary>Bodies of the full 100 MB pass, whatever the encoding makes of them.</summary>
    public const int MaxMessageLength = int.MaxValue;

    /// <summary>Both spellings, as the real host gives them: other languages' workers read the first, .NET's the second.</summary>
    public IReadOnlyList<string> CommandLine =>
        [
            "--host",
            Endpoint.Host,
            "--port",
            Endpoint.Port.ToString(CultureInfo.InvariantCulture),
            "--workerId",
            WorkerId,
            "--requestId",
            RequestId,
            "--grpcMaxMessageLength",
            MaxMessageLength.ToString(CultureInfo.InvariantCulture),
            "--functions-uri",
            Endpoint.AbsoluteUri,
            "--functions-worker-id",
            WorkerId,
            "--functions-request-id",
            RequestId,
            "--functions-grpc-max-message-length",
            MaxMessageLength.ToString(CultureInfo.InvariantCulture),
        ];
}
