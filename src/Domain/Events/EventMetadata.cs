using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace McpFunctions.Domain.Events;

/// <summary>The origin of an event.</summary>
public sealed record EventMetadata
{
    /// <summary>The name this gateway gives itself in <see cref="Service"/>; the decision record's producers use the same.</summary>
    public const string GatewayService = "mcp-gateway";

    /// <summary>The version of the events that this gateway writes, in <see cref="Version"/>.</summary>
    public const string GatewayVersion = "1.0.0";

    /// <summary>The service that published the event.</summary>
    public required string Service { get; init; }

    /// <summary>The version of that service.</summary>
    [MinLength(0)]
    public required string Version { get; init; }

    /// <summary>The user whom the event concerns; absent if there is none.</summary>
    [MaxLength(EventParser.MaxIdLength)]
    public string? UserId { get; init; }

    /// <summary>The W3C trace context (<c>traceparent</c>) of the request that published the event.</summary>
    [JsonPropertyName("traceparent")]
    public string? TraceParent { get; init; }
}
