namespace Microsoft.Azure.Functions.Worker;

/// <summary>What a timer-triggered function is told about its run.</summary>
public class TimerInfo
{
    /// <summary>The schedule's persisted state; null for a schedule without a monitor.</summary>
    public ScheduleStatus? ScheduleStatus { get; set; }

    /// <summary>Whether this run is later than the schedule asked for.</summary>
    public bool IsPastDue { get; set; }
}
