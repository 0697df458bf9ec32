using System.Globalization;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>The command-line arguments that a worker needs to call its host.</summary>
internal sealed record WorkerArguments(Uri Endpoint, string WorkerId, string RequestId)
{
    /// <summary>No limit, so that a 100 MB body passes in any encoding.</summary>
    public const int MaxMessageLength = int.MaxValue;

    /// <summary>Both spellings, as in the real host: workers in other languages read the first, .NET workers the second.</summary>
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
