using System.Globalization;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>
/// Fires one function's timer, on the one instance that has its lock. Runs never overlap: if one or more times pass while the function
/// runs, it runs once more right after that.
/// </summary>
internal sealed class TimerListener(
    FunctionDefinition function,
    TimerTrigger trigger,
    SingletonLock singleton,
    ScheduleMonitor monitor,
    InvocationDispatcher dispatcher,
    TimeProvider time,
    ILogger logger
) : ITriggerListener
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(24); // the limit of a .NET timer
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private Task _working = Task.CompletedTask;
    private ScheduleStatus? _status;

    public FunctionDefinition Function => function;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var occurrences = new List<DateTimeOffset> { trigger.Schedule.NextAfter(time.GetLocalNow()) };
        while (occurrences.Count < 5)
            occurrences.Add(trigger.Schedule.NextAfter(occurrences[^1]));
        var schedule = trigger.Schedule.ToString()!;
        var next = string.Join(", ", occurrences.Select(occurrence => occurrence.ToString("s", CultureInfo.InvariantCulture)));
        logger.NextOccurrences(function.Name, schedule, next);

        // Do not wait: another instance may have the lock, or storage may be down.
        _working = Task.Run(WorkAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _working;
    }

    public void Dispose() => _stopping.Dispose();

    public Invocation CreateManual(string? input) => CreateInvocation(Invocation.CalledByHost, null, isPastDue: false);

    private async Task WorkAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await using var holding = await singleton.AcquireAsync(_stopping.Token);
                using var active = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, holding.Lost);
                await FireAsync(active.Token);
            }
            catch (OperationCanceledException) { }
            catch (Exception e)
            {
                // Catch everything, so that one failure does not stop the timer.
                logger.TimerFailed(function.Name, e.Message);
                await Task.Delay(PauseAfterFailure, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FireAsync(CancellationToken active)
    {
        var now = time.GetLocalNow();
        var stored = trigger.UseMonitor ? await monitor.ReadAsync(trigger.Schedule, now, active) : null;
        _status = stored ?? new ScheduleStatus(ScheduleStatus.Never, trigger.Schedule.NextAfter(now), ScheduleStatus.Never);

        if (now > _status.Next)
            await FireOnceAsync(isPastDue: true, $"UnscheduledInvocationReason: IsPastDue, OriginalSchedule: {_status.Next:o}", active);
        else if (trigger.RunOnStartup)
            await FireOnceAsync(isPastDue: false, "UnscheduledInvocationReason: RunOnStartup", active);

        while (true)
        {
            await DelayUntilAsync(_status.Next, active);
            await FireOnceAsync(isPastDue: false, details: null, active);
        }
    }

    private async Task FireOnceAsync(bool isPastDue, string? details, CancellationToken active)
    {
        active.ThrowIfCancellationRequested();
        var fired = time.GetLocalNow();
        await dispatcher.TryInvokeAsync(CreateInvocation($"Timer fired at {fired:o}", details, isPastDue), active);

        // A timer may fire a moment early. The next time after that moment would be the same time again.
        var basis = details is null && _status!.Next > fired ? _status.Next : fired;
        _status = new ScheduleStatus(basis, trigger.Schedule.NextAfter(basis), basis);
        if (trigger.UseMonitor)
            await monitor.WriteAsync(_status, CancellationToken.None); // also on a stop, since the function ran
    }

    private async Task DelayUntilAsync(DateTimeOffset next, CancellationToken active)
    {
        for (var left = next - time.GetUtcNow(); left > TimeSpan.Zero; left = next - time.GetUtcNow())
        {
            var delay = left < LongestDelay ? left : LongestDelay;
            logger.TimerStarted(function.Name, delay);
            await Task.Delay(delay, time, active);
        }
    }

    private Invocation CreateInvocation(string reason, string? details, bool isPastDue)
    {
        var info = new TimerInfo(new TimerInfo.ScheduleInfo(trigger.Schedule.AdjustForDst), trigger.UseMonitor ? _status : null, isPastDue);
        var fired = time.GetLocalNow();
        return new Invocation(function, reason)
        {
            TriggerDetails = details,
            CreateRequest = _ =>
            {
                var request = new InvocationRequest { TraceContext = TraceContexts.Create(null, null, sampleNew: false) };
                request.InputData.Add(
                    new ParameterBinding
                    {
                        Name = trigger.Parameter,
                        Data = new TypedData { Json = info.ToJson() },
                    }
                );
                request.TriggerMetadata["TimerTrigger"] = new TypedData { String = fired.ToString(CultureInfo.InvariantCulture) };
                return request;
            },
        };
    }
}
