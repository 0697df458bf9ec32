using OpenTelemetry.Exporter;

namespace McpFunctions.Functions.Telemetry;

/// <summary>Where the telemetry of one kind goes.</summary>
/// <param name="Endpoint">The address, with the path for HTTP.</param>
/// <param name="Protocol">The protocol.</param>
/// <param name="Headers">Headers, as the setting spells them; null for none.</param>
/// <param name="Timeout">The longest time of an export; null for the exporter's own.</param>
internal sealed record OtlpTarget(Uri Endpoint, OtlpExportProtocol Protocol, string? Headers, TimeSpan? Timeout)
{
    /// <summary>Gives an exporter its target.</summary>
    public void Apply(OtlpExporterOptions options)
    {
        options.Endpoint = Endpoint;
        options.Protocol = Protocol;
        if (Headers is not null)
        {
            options.Headers = Headers;
        }

        if (Timeout is { } timeout)
        {
            options.TimeoutMilliseconds = (int)timeout.TotalMilliseconds;
        }
    }
}
