using Microsoft.Extensions.Configuration;

namespace Microsoft.Azure.Functions.Worker.Hosting;

/// <summary>How the host tells a worker process where it is and what to call itself.</summary>
internal sealed record WorkerSettings(Uri HostEndpoint, string WorkerId, string RequestId, int? MaxMessageLength)
{
    /// <summary>Environment variables with this prefix are host configuration, <c>AZURE_FUNCTIONS_ENVIRONMENT</c> among them.</summary>
    public const string EnvironmentPrefix = "AZURE_FUNCTIONS_";

    private const string Section = "Functions:Worker";

    private static readonly Dictionary<string, string> _arguments = new()
    {
        ["--functions-uri"] = $"{Section}:{nameof(HostEndpoint)}",
        ["--functions-worker-id"] = $"{Section}:{nameof(WorkerId)}",
        ["--functions-request-id"] = $"{Section}:{nameof(RequestId)}",
        ["--functions-grpc-max-message-length"] = $"{Section}:GrpcMaxMessageLength",
    };

    /// <summary>Adds what the arguments say to what the environment says, such as <c>Functions__Worker__HostEndpoint</c>.</summary>
    public static void AddTo(IConfigurationBuilder configuration, IEnumerable<string> args) =>
        configuration.AddEnvironmentVariables().AddCommandLine([.. args], _arguments);

    /// <exception cref="InvalidOperationException">The process was not started by a host.</exception>
    public static WorkerSettings From(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        if (section[nameof(HostEndpoint)] is not { Length: > 0 } endpoint)
        {
            throw new InvalidOperationException(
                "This is the worker process of a function app, which a Functions host starts: "
                + "start it with 'func start' or the local host. "
                + $"(There is no '--functions-uri' argument and no '{Section}:{nameof(HostEndpoint)}' setting.)");
        }

        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri))
            throw new InvalidOperationException($"The host's address '{endpoint}' is not a URI.");

        return new(
            uri,
            section[nameof(WorkerId)] ?? "",
            section[nameof(RequestId)] ?? "",
            section.GetValue<int?>("GrpcMaxMessageLength"));
    }
}
