using System.Text.Json;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.SampleApp;

/// <summary>Functions on schedules. They record their timer information.</summary>
internal sealed class TimerFunctions(Recorder recorder)
{
    [Function("EverySecond")]
    public void EverySecond([TimerTrigger("* * * * * *")] TimerInfo timer) =>
        recorder.Add("EverySecond", JsonSerializer.Serialize(timer));

    [Function("EveryInterval")]
    public void EveryInterval([TimerTrigger("00:00:02")] TimerInfo timer) =>
        recorder.Add("EveryInterval", JsonSerializer.Serialize(timer));

    /// <summary>A schedule with a monitor, which also runs when the app starts.</summary>
    [Function("AtStart")]
    public void AtStart([TimerTrigger("0 0 3 * * *", RunOnStartup = true)] TimerInfo timer) =>
        recorder.Add("AtStart", JsonSerializer.Serialize(timer));

    [Function("OnScheduleSetting")]
    public void OnScheduleSetting([TimerTrigger("%SampleSchedule%", UseMonitor = false)] string timer) =>
        recorder.Add("OnScheduleSetting", timer);

    [Function("Retried")]
    [FixedDelayRetry(2, "00:00:01")]
    public void Retried([TimerTrigger("0 0 4 1 1 *")] TimerInfo timer, FunctionContext context)
    {
        recorder.Add("Retried", $"attempt {context.RetryContext.RetryCount} of {context.RetryContext.MaxRetryCount}");
        throw new InvalidOperationException("The timer function threw.");
    }

    [Function("RetriedSlower")]
    [ExponentialBackoffRetry(3, "00:00:01", "00:00:10")]
    public static void RetriedSlower([TimerTrigger("0 0 5 1 1 *")] TimerInfo timer) =>
        throw new InvalidOperationException("The timer function threw.");
}
