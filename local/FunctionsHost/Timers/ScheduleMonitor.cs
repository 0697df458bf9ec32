using System.Text.Json;
using Azure;
using Azure.Identity;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Logging;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>Keeps a timer's status in storage, so that a timer which missed its time while no host ran fires at the next start.</summary>
internal sealed class ScheduleMonitor(HostStorage storage, FunctionDefinition function, ILogger logger)
{
    /// <summary>Reads the stored status and adjusts it to the schedule. Returns null if storage cannot be read.</summary>
    public async Task<ScheduleStatus?> ReadAsync(TimerSchedule schedule, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ScheduleStatus? status;
        try
        {
            var content = await storage.StatusOf(function).DownloadContentAsync(cancellationToken);
            status = JsonSerializer.Deserialize(content.Value.Content.ToMemory().Span, TimerJson.Default.ScheduleStatus);
        }
        catch (RequestFailedException e) when (e.Status == StatusCodes.Status404NotFound)
        {
            status = null;
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException or JsonException)
        {
            logger.ScheduleStatusFailed(function.Name, "read", e.Message);
            return null;
        }

        var fitting = status is null ? FirstStatus(schedule, now) : Fit(status, schedule, now);
        if (fitting != status)
            await WriteAsync(fitting, cancellationToken);
        return fitting;
    }

    /// <summary>Saves a status. A storage failure is only logged, so the timer continues.</summary>
    public async Task WriteAsync(ScheduleStatus status, CancellationToken cancellationToken)
    {
        try
        {
            var content = new BinaryData(JsonSerializer.SerializeToUtf8Bytes(status, TimerJson.Default.ScheduleStatus));
            await storage.StatusOf(function).UploadAsync(content, overwrite: true, cancellationToken);
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException)
        {
            logger.ScheduleStatusFailed(function.Name, "written", e.Message);
        }
    }

    private static ScheduleStatus FirstStatus(TimerSchedule schedule, DateTimeOffset now) =>
        new(ScheduleStatus.Never, schedule.NextAfter(now), now);

    // After a change of the schedule, its old times must not count as past due.
    private static ScheduleStatus Fit(ScheduleStatus status, TimerSchedule schedule, DateTimeOffset now)
    {
        var basis =
            status.Last > ScheduleStatus.Never ? status.Last
            : status.LastUpdated > ScheduleStatus.Never ? status.LastUpdated
            : now;
        var expected = schedule.NextAfter(basis);
        if (status.Next == expected)
            return status;

        return expected < now ? FirstStatus(schedule, now) : new ScheduleStatus(ScheduleStatus.Never, expected, basis);
    }
}
