namespace McpFunctions.Domain.Files;

/// <summary>Content turned out to be larger than allowed while it was read.</summary>
internal sealed class ContentTooLargeException : Exception;
