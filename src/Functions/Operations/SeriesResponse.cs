using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Operations;

/// <summary>The last 15 minutes of all instances together, in steps.</summary>
/// <param name="StepSeconds">The length of a step.</param>
/// <param name="From">The beginning of the first step.</param>
/// <param name="To">The end of the last step, which is still running: instances report a step when it has ended.</param>
/// <param name="Events">The events that were published in each step.</param>
/// <param name="Consumers">The series of each consumer.</param>
/// <param name="Health">The health of each component that was checked.</param>
public sealed record SeriesResponse(
    [property: Range(1, int.MaxValue)] int StepSeconds,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset From,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset To,
    IReadOnlyList<long> Events,
    IReadOnlyList<ConsumerSeries> Consumers,
    IReadOnlyList<HealthSeries> Health);
