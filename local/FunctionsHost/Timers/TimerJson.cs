using System.Text.Json.Serialization;

namespace McpFunctions.Local.FunctionsHost.Timers;

[JsonSerializable(typeof(ScheduleStatus))]
[JsonSerializable(typeof(TimerInfo))]
internal sealed partial class TimerJson : JsonSerializerContext;
