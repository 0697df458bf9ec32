using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>The input of a timer function.</summary>
internal sealed record TimerInfo(TimerInfo.ScheduleInfo Schedule, ScheduleStatus? ScheduleStatus, bool IsPastDue)
{
    public string ToJson() => JsonSerializer.Serialize(this, TimerJson.Default.TimerInfo);

    internal sealed record ScheduleInfo([property: JsonPropertyName("AdjustForDST")] bool AdjustForDst);
}
