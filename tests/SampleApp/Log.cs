namespace McpFunctions.SampleApp;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Hanging.")]
    public static partial void Hanging(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "Canceled.")]
    public static partial void Canceled(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "The first {Count} bytes are there.")]
    public static partial void FirstBytes(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Waiting {Milliseconds} ms.")]
    public static partial void Waiting(ILogger logger, int milliseconds);

    [LoggerMessage(EventId = 7, EventName = "Said", Level = LogLevel.Information, Message = "Someone said {Word}.")]
    public static partial void Said(ILogger logger, string word);

    [LoggerMessage(Level = LogLevel.Error, Message = "It went wrong.")]
    public static partial void WentWrong(ILogger logger, Exception exception);
}
