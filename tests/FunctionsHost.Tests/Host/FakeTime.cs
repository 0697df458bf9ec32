using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.FunctionsHost.Tests.Host;

/// <summary>A fake clock that knows when its next timer fires. <see cref="FakeTimeProvider"/> does not say it, and tests jump there.</summary>
internal sealed class FakeTime(DateTimeOffset? start = null)
    : FakeTimeProvider(start ?? new DateTimeOffset(2026, 11, 23, 9, 15, 0, TimeSpan.Zero))
{
    private readonly ConcurrentDictionary<ITimer, DateTimeOffset> _due = new();

    /// <summary>When the next timer fires; null when none is waiting.</summary>
    public DateTimeOffset? NextTimer => _due.Values.Min(due => (DateTimeOffset?)due);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new KnownTimer(this);
        timer.Inner = base.CreateTimer(Fire, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(dueTime, period);
        return timer;

        void Fire(object? _)
        {
            timer.Forget();
            callback(state);
        }
    }

    private sealed class KnownTimer(FakeTime time) : ITimer
    {
        public ITimer Inner { get; set; } = null!;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
                Forget();
            else
                time._due[this] = time.GetUtcNow() + dueTime;
            return Inner.Change(dueTime, period);
        }

        public void Forget() => time._due.TryRemove(this, out _);

        public void Dispose()
        {
            Forget();
            Inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
