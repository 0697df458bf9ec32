using System.Diagnostics;

namespace McpFunctions.Functions.Telemetry;

/// <summary>
/// The span of one run of a timer. A run that finds nothing to do and does not fail leaves no span, and neither do its calls: seven timers run every
/// few seconds, and their spans would hide and outweigh those of requests.
/// </summary>
internal sealed class TickSpan : IDisposable
{
    private const string Property = "McpFunctions.Tick";

    // The default of OpenTelemetry's SDKs for the links of a span.
    private const int MaxLinks = 128;

    private readonly Activity? invocation;
    private readonly Activity span;
    private bool isBusy;
    private int links;

    private TickSpan(Activity? invocation, Activity span)
    {
        (this.invocation, this.span) = (invocation, span);
        span.SetCustomProperty(Property, this);
        span.SetTag("faas.trigger", "timer");
    }

    /// <summary>Begins the span of a run.</summary>
    /// <param name="function">The timer's function.</param>
    /// <returns>The span; null if nothing listens.</returns>
    public static TickSpan? Begin(string function)
    {
        Activity? invocation = Activity.Current;
        return GatewaySource.Spans.HasListeners() && EventSpans.StartInOwnRight($"timer {function}", ActivityKind.Internal) is { } span ? new TickSpan(invocation, span) : null;
    }

    /// <summary>Whether a span is that of a run that has found nothing to do yet.</summary>
    public static bool IsIdle(Activity? activity) => activity?.GetCustomProperty(Property) is TickSpan { isBusy: false };

    /// <summary>Notes that the current run, if there is one, has something to do.</summary>
    /// <param name="events">The traces of the events that it works on, to which its span is linked.</param>
    public static void MarkBusy(params IEnumerable<ActivityContext> events)
    {
        for (Activity? each = Activity.Current; each is not null; each = each.Parent)
        {
            if (each.GetCustomProperty(Property) is TickSpan tick)
            {
                tick.Add(events);
                return;
            }
        }
    }

    /// <summary>Notes that the run failed.</summary>
    /// <param name="exception">The failure.</param>
    public void Fail(Exception exception)
    {
        isBusy = true;
        span.Fail(exception.GetType().FullName!);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!isBusy)
        {
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            if (invocation is not null)
            {
                invocation.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            }
        }

        span.Dispose();
    }

    private void Add(IEnumerable<ActivityContext> events)
    {
        lock (span)
        {
            isBusy = true;
            foreach (ActivityContext context in events)
            {
                if (links++ < MaxLinks)
                {
                    span.AddLink(new ActivityLink(context));
                }
            }
        }
    }
}
